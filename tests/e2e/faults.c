/* Preloaded into a server under test: makes chosen system calls fail, or moves the wall clock.
 * The file named by FAULTS says how, a line each ("accept 24", "clock -86400"); it is read at every
 * call, so a test can change it while the server runs. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* The number behind a name, 0 without one. */
static long fault(const char* name)
{
    const char* path = getenv("FAULTS");
    char text[512];
    long file = path ? syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return 0;
    long size = syscall(SYS_read, file, text, sizeof text - 1);
    syscall(SYS_close, file);
    text[size > 0 ? size : 0] = '\0';
    for (char *save, *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        size_t length = strlen(name);
        if (strncmp(line, name, length) == 0 && line[length] == ' ') return atol(line + length);
    }
    return 0;
}

static int fails(const char* name)
{
    long error = fault(name);
    if (error == 0) return 0;
    errno = (int)error;
    return 1;
}

static int is_file(int descriptor)
{
    struct stat info;
    return fstat(descriptor, &info) == 0 && S_ISREG(info.st_mode);
}

#define REAL(name) __typeof__(&name) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

int accept4(int descriptor, struct sockaddr* address, socklen_t* length, int flags)
{
    REAL(accept4);
    return fails("accept") ? -1 : real(descriptor, address, length, flags);
}

int inotify_init1(int flags)
{
    REAL(inotify_init1);
    return fails("inotify") ? -1 : real(flags);
}

int inotify_add_watch(int descriptor, const char* path, uint32_t mask)
{
    REAL(inotify_add_watch);
    return fails("watch") ? -1 : real(descriptor, path, mask);
}

pid_t fork(void)
{
    REAL(fork);
    return fails("fork") ? -1 : real();
}

ssize_t write(int descriptor, const void* bytes, size_t size)
{
    REAL(write);
    if (fault("write") != 0 && is_file(descriptor) && fails("write")) return -1;
    return real(descriptor, bytes, size);
}

int clock_gettime(clockid_t clock, struct timespec* now)
{
    long result = syscall(SYS_clock_gettime, clock, now);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        now->tv_sec += fault("clock");
    }
    return (int)result;
}

time_t time(time_t* result)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (result) *result = now.tv_sec;
    return now.tv_sec;
}

int gettimeofday(struct timeval* restrict result, void* restrict zone)
{
    struct timespec now;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    result->tv_sec = now.tv_sec;
    result->tv_usec = now.tv_nsec / 1000;
    return 0;
}
