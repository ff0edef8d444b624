// SG0500–SG0599: what happens to the processes of the server: starting, reloading, dying, ending.
#include "diagnosis/catalogue.h"

#include <array>

namespace signet::diagnosis {
namespace {

constexpr auto alert = Severity::alert;
constexpr auto error = Severity::error;
constexpr auto info = Severity::info;
constexpr auto notice = Severity::notice;
constexpr auto warn = Severity::warn;

constexpr std::array entries = {
    Entry{500, notice, "AH00489", "The server is configured and serves",
          "It was started, or a reload has succeeded.", "Nothing."},
    Entry{501, notice, "AH00094", "The command line of the server", "It was started.", "Nothing."},
    Entry{502, notice, "AH00493", "A graceful restart begins",
          "SIGUSR1 was received (-k graceful).", "Nothing."},
    Entry{
        503, notice, "AH00494", "A restart begins",
        "SIGHUP was received (-k restart). Connections are cut; -k graceful would let them finish.",
        "Nothing."},
    Entry{504, notice, "AH00491", "The server stops now",
          "SIGTERM or SIGINT was received (-k stop, Ctrl-C).", "Nothing."},
    Entry{505, notice, "AH00492", "The server stops after the answers in progress",
          "SIGWINCH was received (-k graceful-stop).", "Nothing."},
    Entry{506, notice, "", "A binary upgrade begins",
          "-k upgrade or SIGRTMIN was received: the program is started anew from its file, beside "
          "the one that runs.",
          "Nothing."},
    Entry{507, alert, "", "A process could not get memory and ended",
          "The machine or its container has none left, or a limit (MemoryMax= of the unit, ulimit "
          "-v) is too low. The lines after it show who wanted it; the master starts another "
          "process.",
          "Raise the limit or add memory. If the same request does it again, report it."},
    Entry{508, error, "", "A binary upgrade failed; the old program goes on serving",
          "The new program is missing or not executable, found an error in the configuration, or "
          "did not serve within a minute; the lines before say which.",
          "Run the new program with -t, mend what it names, and upgrade again."},
    Entry{509, notice, "", "A new program has taken over after a binary upgrade",
          "It serves on the same sockets; this one finishes its answers and ends.", "Nothing."},
    Entry{510, error, "", "A reload was refused; the old configuration goes on serving",
          "The new configuration has errors, listed in the lines before.",
          "Correct them, check with signet -t, and reload again."},
    Entry{511, error, "", "A reload could not open its sockets; the old configuration goes on",
          "An address of Listen is taken by another program, or is not one of this machine.",
          "Find the other program with ss -ltnp, or correct the Listen line, and reload again."},
    Entry{512, error, "", "The workers of a reload did not start; the old configuration goes on",
          "They ended before they served; the lines before say why.",
          "Mend the cause and reload again."},
    Entry{513, error, "", "The keeper process ended and is started anew",
          "It was killed, or crashed: then a backtrace was written before. Requests do not need "
          "it; session ticket keys are not renewed while it is away.",
          "After a crash please report the backtrace with the build it names."},
    Entry{514, error, "", "A task of the keeper took too long; the keeper is started anew",
          "Something it waits for does not answer: another server, a name server, a file system.",
          "Look at what the task named in the message talks to."},
    Entry{515, warn, "", "A task of the keeper failed and is tried again later",
          "The message has the task and the reason.",
          "Mend the reason; the task is tried again by itself, at most ten minutes later."},
    Entry{516, error, "", "The keeper process cannot be started; it is tried again",
          "The system refuses another process or descriptors.",
          "Look at the limits of processes and open files, and at the memory in use."},
    Entry{520, notice, "AH00052", "A worker was ended by a signal and is replaced",
          "signal 9: somebody, or the kernel for want of memory (dmesg shows that), killed it. "
          "Others (segmentation fault, abort): an error in signet; a backtrace was written before.",
          "After a crash please report the backtrace with the build it names."},
    Entry{521, error, "", "A worker ended by itself and is replaced",
          "It met an error it could not go on with.", "Look at the lines before this one."},
    Entry{522, alert, "AH00050", "A worker cannot start",
          "It may not become User or Group, enter ChrootDir, or the system "
          "refuses descriptors.",
          "Correct what the message names."},
    Entry{523, warn, "", "Workers die soon after their start; the next one waits a moment",
          "Something kills every worker at once, often one request that is sent again and again.",
          "Look for the first death in the error log and at the last lines of the access log."},
    Entry{524, warn, "", "A worker did not stop in time and was killed",
          "It hung in a system call (a dead network file system) or in an endless loop.",
          "Look at the files it serves; if they are local, report what it was doing."},
    Entry{525, error, "AH00159", "No room for another worker",
          "Old generations, still busy with long downloads, fill the scoreboard.",
          "Reload less often, or restart (-k restart) to end the old generations."},
    Entry{526, error, "AH00481", "A worker cannot be forked; it is tried again",
          "The limit of processes (ulimit -u, TasksMax= of the unit) is reached, or memory is "
          "short.",
          "Raise the limit, or find out who uses up the processes."},
    Entry{527, info, "", "A worker could not give up system calls it does not need",
          "The kernel or the container does not allow seccomp filters.",
          "Nothing: this is a second line of defence only."},
    Entry{530, error, "", "Connections cannot be accepted for want of descriptors or memory",
          "The limit of open files (ulimit -n) is lower than the number of connections and files, "
          "or the system is out of memory.",
          "Raise the limit: LimitNOFILE= in the systemd unit, or ulimit -n before the start."},
    Entry{531, notice, "", "Changes of files cannot be watched; each request looks for itself",
          "inotify is used up: fs.inotify.max_user_instances or max_user_watches of this user, or "
          "the limit of open files. Answers stay right, and cost a little more.",
          "sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=1024"},
    Entry{540, warn, "AH00098", "The pid file was left by a server that is gone",
          "The server before was killed or the machine lost power, so the file was not removed.",
          "Nothing: it is overwritten."},
    Entry{541, warn, "", "The pid file names a process that is not signet",
          "The number was left by a server that is gone, and another program has it now; or two "
          "servers share one PidFile.",
          "Nothing if it was left over; otherwise give each server its own PidFile."},
    Entry{542, error, "AH00099", "The pid file cannot be written",
          "Its directory does not exist or is not writable.",
          "Create the directory, or name another file with PidFile."},
    Entry{543, warn, "", "A directory cannot be entered by the user that workers run as",
          "To reach a file one needs the permission x on every directory above it; the message has "
          "the one that lacks it for User. (With Apache: \"could not create the lock file, "
          "Permission denied\".)",
          "chmod o+x on that directory, or move the files to a place like /run or /var/lock."},
    Entry{544, warn, "", "CoreDumpDirectory cannot be entered; there will be no core dumps",
          "It does not exist (seen from ChrootDir, if there is one), or User may not enter it.",
          "Create it, owned by User with mode 0700, and restart."},
    Entry{550, alert, "AH00451", "No sockets to listen on",
          "The configuration has no Listen directive.",
          "Write Listen 80, or Listen 443 for TLS, outside of any section."},
    Entry{551, alert, "", "A socket to listen on cannot be opened",
          "Another program has the port, the address is not one of this machine, or the port is "
          "below 1024 and signet was not started by root.",
          "ss -ltnp shows who has the port; stop that program or change Listen."},
    Entry{552, notice, "", "A socket handed over by systemd is not used",
          "No Listen directive names its address.",
          "Make ListenStream= of the .socket unit and Listen agree."},
    Entry{560, notice, "", "The logs were opened anew", "SIGUSR2 was received.", "Nothing."},
    Entry{561, error, "", "A log could not be opened anew; lines still go to the old file",
          "Its directory was moved or is full, or may not be written.",
          "Restore the directory and send SIGUSR2 again."},
    Entry{562, error, "AH00106", "The program of a piped log ended and is started again",
          "It crashed, was killed, or ended by itself.",
          "Look at its own messages; it should read standard input until its end."},
    Entry{580, notice, "", "User and Group have no effect",
          "Only root can become somebody else; this server was started by an ordinary user.",
          "Start it as root, or remove the two directives."},
    Entry{581, error, "AH00651", "The forensic log cannot be opened",
          "Its directory does not exist, or the user who starts the server may not write there; or "
          "the program behind the | cannot be started.",
          "Create the directory, or name another file with ForensicLog; try the program by hand."},
    Entry{582, warn, "AH00646", "A log cannot be written",
          "The disk is full, a quota is reached, or the program of a piped log reads nothing. "
          "Requests are answered as before; up to 1 MiB of lines per log and process waits.",
          "Make room (df -h; df -i), or mend the program. Lines that wait are then written."},
    Entry{583, notice, "", "A log is written again",
          "There is room on the disk again, or the program reads again.",
          "Nothing; the number says how many lines found no room in memory and are lost."},
};

} // namespace

std::span<const Entry> process_entries()
{
    return entries;
}

} // namespace signet::diagnosis
