import Foundation
import Glibc
import Sandbox
import Testing

/// Something that a builder tries, and what has to come of it.
struct EscapeAttempt: Sendable, CustomTestStringConvertible {
    let name: String
    /// For the shell. It writes "HELD" where it was kept in.
    let script: String
    var needsPerl = false

    var testDescription: String { name }

    /// Nil when the builder was kept in, else what it did.
    func failure(in fixture: SandboxFixture) async throws -> String? {
        let secret = fixture.folder + "/secret"
        try Data("secret".utf8).write(to: URL(fileURLWithPath: secret))
        chmod(secret, 0o644)
        let input = fixture.folder + "/input"
        try FileManager.default.createDirectory(atPath: input, withIntermediateDirectories: true)
        try Data("input\n".utf8).write(to: URL(fileURLWithPath: input + "/file"))
        for path in [input, input + "/file"] { chmod(path, 0o777) }
        // Without the flag that closes it when something is executed.
        let leak = open(secret, O_RDONLY)
        defer { close(leak) }
        let ending = try await fixture.run("SECRET=\(secret); INPUT=/nix/store/input\n" + script) {
            $0.steps.append(.bind(source: input, target: "/nix/store/input"))
        }
        let text = try String(contentsOfFile: input + "/file", encoding: .utf8)
        guard text == "input\n" else { return "\(name): the input was changed" }
        guard ending.outcome == .exited(0), ending.text.hasSuffix("HELD\n") else {
            return "\(name): \(ending.outcome), it wrote: \(ending.text)"
        }
        return nil
    }

    /// A script in which each command has to fail.
    private static func refused(_ name: String, _ commands: String...) -> Self {
        let lines = commands.map {
            "if (\($0)) 2>/dev/null; then echo 'this worked: \($0.filter { $0 != "'" })'; exit 1; fi"
        }
        return Self(name: name, script: (lines + ["echo HELD"]).joined(separator: "\n"))
    }

    /// Expressions of Perl, each a system call that has to fail with one of these error numbers.
    private static func calls(_ name: String, _ calls: [(String, [Int32])], before: String = "") -> Self {
        var lines = [before]
        for (call, errors) in calls {
            let accepted = errors.map { "$! == \($0)" }.joined(separator: " || ")
            lines.append("$r = \(call); if ($r >= 0 || !(\(accepted))) { print \"\(name): $r $!\\n\"; exit 1 }")
        }
        let program = (lines + ["print \"HELD\\n\";"]).joined(separator: "\n")
        return Self(name: name, script: "perl -e '\(program)'", needsPerl: true)
    }

    static let all: [Self] = [
        refused(
            "reads host files", "cat $SECRET", "cat /proc/1/root$SECRET", "cat /etc/shadow", "ls /root", "ls /home",
            "ls /sys/kernel", "cat /build/../../../..$SECRET"),
        Self(
            name: "sees other folders",
            script:
                "[ \"$(echo /*)\" = '/bin /build /dev /etc /lib /lib64 /nix /proc /tmp /usr' ] && echo HELD || ls -la /"
        ),
        Self(
            name: "sees other processes",
            script: "set -- /proc/[0-9]*; [ $$ = 1 ] && [ \"$*\" = /proc/1 ] && echo HELD || ls /proc"),
        refused(
            "reaches other processes", "kill -0 \(getpid())", "kill -0 -1 && kill -0 2", "ls /proc/\(getpid())/root"),
        refused(
            "writes to inputs", "echo changed > $INPUT/file", "touch $INPUT/new", "rm $INPUT/file", "chmod 777 $INPUT",
            "mv $INPUT /nix/store/other", "rmdir $INPUT", "mount -o remount,rw $INPUT", "umount $INPUT",
            "ln $INPUT/file /nix/store/link && echo changed > /nix/store/link"),
        refused(
            "writes elsewhere", "touch /file", "touch /etc/file", "touch /usr/file", "rm /bin/sh",
            "mkdir /homeless-shelter",
            "touch /dev/file", "rmdir /build", "mv /nix/store /nix/old", "chmod 777 /"),
        refused(
            "gains privileges by programs", "su -c true", "mount -t tmpfs none /tmp", "chroot / true", "chown 0 /build",
            "setpriv --reuid 0 true", "unshare --mount true", "nsenter --target 1 --mount true"),
        Self(
            name: "has privileges",
            script: """
                grep -E '^(CapInh|CapPrm|CapEff|CapAmb|NoNewPrivs|Seccomp|Groups):' /proc/self/status | tr -d '\\t ' > seen
                grep -qx CapEff:0000000000000000 seen && grep -qx CapPrm:0000000000000000 seen &&
                grep -qx CapInh:0000000000000000 seen && grep -qx CapAmb:0000000000000000 seen &&
                grep -qx NoNewPrivs:1 seen && grep -qx Seccomp:2 seen && echo HELD || cat seen
                """),
        refused(
            "is root in a namespace of its own", "unshare -Urm mount -o remount,bind,rw $INPUT",
            "unshare -Urm umount $INPUT", "unshare -Urm sh -c 'mount --bind /tmp /usr && touch /nix/store/input/x'",
            "unshare -Ur chown 1 /build", "unshare -Ur sh -c 'echo 0 > /proc/sys/kernel/randomize_va_space'",
            "unshare -Ur mknod /build/zero c 1 5"),
        refused(
            "changes the kernel's settings", "echo core > /proc/sys/kernel/core_pattern",
            "echo b > /proc/sysrq-trigger",
            "echo 1 > /proc/sys/vm/drop_caches", "echo 3 > /proc/sys/kernel/printk"),
        refused(
            "makes devices", "mknod /build/null c 1 3", "mknod /nix/store/disk b 8 0",
            "dd if=/dev/sda of=/dev/null count=1",
            "dd if=/dev/vda of=/dev/null count=1"),
        refused("makes set-id files", "touch a && chmod 4755 a", "touch b && chmod 2755 b", "touch c && chmod u+s c"),
        calls(
            "makes set-id files by calls",
            [
                ("syscall(\(Call.fchmodat), -100, $f, 04755)", [EPERM]),
                ("syscall(\(Call.fchmodat), -100, $f, 02755)", [EPERM]),
                ("syscall(\(Call.fchmodat2), -100, $f, 04755, 0)", [ENOSYS]),
                ("syscall(\(Call.openat), -100, $g, 0101, 04755)", [EPERM]),
                ("syscall(\(Call.openat), -100, $d, 020200002, 04755)", [EPERM, EISDIR]),
                ("syscall(\(Call.mknodat), -100, $g, 0104755, 0)", [EPERM]),
                ("syscall(\(Call.openat2), -100, $g, $how, 24)", [ENOSYS]),
                ("syscall(\(Call.ioUringSetup), 4, $ring)", [ENOSYS]),
            ],
            before: """
                open(F, ">f"); close F; $f = "f"; $g = "g"; $d = "."; $ring = "\\0" x 200;
                $how = pack("Q3", 0101, 04755, 0);
                """),
        calls(
            "sets attributes, reads key rings",
            [
                ("syscall(\(Call.setxattr), $f, $n, $v, 1, 0)", [ENOTSUP]),
                ("syscall(\(Call.setxattr + 1), $f, $n, $v, 1, 0)", [ENOTSUP]),
                ("syscall(\(Call.keyctl), 0, -3, 0, 0, 0)", [ENOSYS]),
                ("syscall(\(Call.addKey), $t, $n, $v, 1, -3)", [ENOSYS]),
            ],
            before: "open(F, \">f\"); close F; $f = \"f\"; $n = \"user.x\"; $v = \"v\"; $t = \"user\";"),
        calls(
            "opens sockets of other kinds",
            [
                ("syscall(\(Call.socket), 40, 1, 0)", [EAFNOSUPPORT]),
                ("syscall(\(Call.socket), 38, 5, 0)", [EAFNOSUPPORT]),
                ("syscall(\(Call.socket), 17, 3, 0)", [EAFNOSUPPORT]),
                ("syscall(\(Call.socket), 2, 3, 1)", [EPERM]),
            ]),
        calls(
            "calls what needs privileges",
            [
                ("syscall(\(Call.setuid), 0)", [EPERM, EINVAL]),
                ("syscall(\(Call.setuid), 1)", [EPERM, EINVAL]),
                ("syscall(\(Call.pidfdOpen), \(getpid()), 0)", [ESRCH]),
            ]),
        Self(
            name: "sees other interfaces",
            script: "[ \"$(sed -n 's/^ *\\([^ ]*\\):.*/\\1/p' /proc/net/dev | tr -d '\\n')\" = lo ] && echo HELD"),
        Self(
            name: "inherits descriptors",
            script: """
                ls -l /proc/1/fd | grep ' -> ' > seen
                [ "$(grep -c /dev/null seen)" = 1 ] && [ "$(grep -c ' [12] -> pipe:' seen)" = 2 ] &&
                ! grep -v -e /dev/null -e pipe: seen && echo HELD || cat seen
                """),
        Self(
            name: "reads another group",
            script: "[ \"$(cut -d: -f3 /proc/self/cgroup | sort -u)\" = / ] && echo HELD || cat /proc/self/cgroup"),
    ]
}

/// Numbers of system calls.
private enum Call {
    #if arch(x86_64)
    static let fchmodat = 268
    static let openat = 257
    static let mknodat = 259
    static let setxattr = 188
    static let keyctl = 250
    static let addKey = 248
    static let socket = 41
    static let setuid = 105
    #else
    static let fchmodat = 53
    static let openat = 56
    static let mknodat = 33
    static let setxattr = 5
    static let keyctl = 219
    static let addKey = 217
    static let socket = 198
    static let setuid = 146
    #endif
    static let ioUringSetup = 425
    static let pidfdOpen = 434
    static let openat2 = 437
    static let fchmodat2 = 452
}
