#include "process/sandbox.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <seccomp.h>
#include <string>

namespace signet::process {
namespace {

constexpr std::array calls{
    // other processes
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "process_madvise",
    "kcmp",
    // the kernel itself
    "init_module",
    "finit_module",
    "delete_module",
    "kexec_load",
    "kexec_file_load",
    "bpf",
    "perf_event_open",
    "userfaultfd",
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
    "syslog",
    "lookup_dcookie",
    "vmsplice",
    // what the machine looks like
    "mount",
    "umount2",
    "pivot_root",
    "chroot",
    "open_tree",
    "move_mount",
    "fsopen",
    "fsconfig",
    "fsmount",
    "fspick",
    "mount_setattr",
    "swapon",
    "swapoff",
    "quotactl",
    "acct",
    "open_by_handle_at",
    "unshare",
    "setns",
    // whose machine it is
    "reboot",
    "sethostname",
    "setdomainname",
    "settimeofday",
    "clock_settime",
    "clock_adjtime",
    "adjtimex",
    "iopl",
    "ioperm",
    // the kernel's key rings
    "add_key",
    "request_key",
    "keyctl",
};

} // namespace

std::span<const char* const> forbidden_calls()
{
    return calls;
}

#if defined(__SANITIZE_ADDRESS__)
Result<void> forbid_calls()
{
    return {};
}
#else
Result<void> forbid_calls()
{
    const std::unique_ptr<void, void (*)(scmp_filter_ctx)> filter(::seccomp_init(SCMP_ACT_ALLOW),
                                                                  ::seccomp_release);
    if (!filter) return fail("seccomp: no memory for a filter");
    for (const char* name : calls) {
        const int call = ::seccomp_syscall_resolve_name(name);
        if (call == __NR_SCMP_ERROR) continue;
        const int added = ::seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(EPERM), call, 0);
        if (added != 0) return fail(std::string("seccomp: ") + name + ": " + std::strerror(-added));
    }
    // Attempts are logged. A filter must not switch on the kernel's dearer protections against
    // speculation, which it does by default before Linux 5.16: kernels without the flag refuse it.
    ::seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_LOG, 1);
    ::seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_SSB, 1);
    ::seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_NNP, 1);
    if (const int loaded = ::seccomp_load(filter.get()); loaded != 0) {
        return fail(std::string("seccomp: ") + std::strerror(-loaded));
    }
    return {};
}
#endif

} // namespace signet::process
