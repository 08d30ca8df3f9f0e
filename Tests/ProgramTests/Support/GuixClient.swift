import Foundation
import Glibc
import TestSupport

/// A real guix with a daemon and stores of its own, in namespaces of its own: nothing of the machine's is used or changed.
///
/// It is looked for where programs are. Where it is in another root, `QUORATE_TEST_GUIX` says what goes before a command
/// so that it runs there (as root, sharing the network).
struct GuixClient: Sendable {
    private let prefix: [String]

    /// Nil where none is found, or no namespaces can be made.
    static let found: GuixClient? = {
        let named = ProcessInfo.processInfo.environment["QUORATE_TEST_GUIX"].map {
            $0.split(separator: " ").map(String.init)
        }
        let places = ["/usr/bin", "/usr/local/bin", "/bin"]
        guard named != nil || places.contains(where: { access("\($0)/guix-daemon", X_OK) == 0 }) else { return nil }
        let client = GuixClient(prefix: (named ?? []) + ["unshare"] + (geteuid() == 0 ? ["-m"] : ["-rm"]))
        let isUsable = try? client.blocking(mount + "mount -t tmpfs none /mnt && guix --version").status == 0
        return isUsable == true ? client : nil
    }()

    struct Output: Sendable {
        let status: Int32
        /// Both streams, with lines that progress wrote over ended.
        let text: String
    }

    /// Small roots have busybox's alone.
    private static let mount = "command -v mount > /dev/null || mount() { busybox mount \"$@\"; }\n"

    /// What a script begins with: `$T` is a folder that goes with it.
    private static let prologue = """
        set -e; T=/mnt; mount -t tmpfs none $T; mkdir -p $T/gnu/store $T/var $T/etc $T/log $T/root
        export HOME=$T/root LC_ALL=C; mkdir -p /gnu /var/guix /etc/guix /var/log/guix
        mount --bind $T/gnu /gnu; mount --bind $T/var /var/guix; mount --bind $T/etc /etc/guix
        mount --bind $T/log /var/log/guix
        guix archive --generate-key > /dev/null 2>&1
        guix-daemon --disable-chroot > $T/daemon 2>&1 & daemon=$!; trap 'kill $daemon' EXIT
        for i in 1 2 3 4 5 6 7 8 9 10; do test -S /var/guix/daemon-socket/socket && break; sleep 0.3; done

        """

    /// A derivation that any machine can build: `$DRV` makes `$OUT`, from `$DEP`, an output of another one.
    private static let derivation = """
        cat > $T/d.scm <<'END'
        (use-modules (guix store) (guix derivations))
        (with-store store
          (let* ((shell (add-to-store store "sh" #t "sha256" (canonicalize-path "/bin/sh")))
                 (sh (lambda (name script inputs)
                       (derivation store name shell (list "-c" script) #:inputs inputs #:sources (list shell)
                                   #:system "x86_64-linux" #:env-vars '(("PATH" . "/usr/bin:/bin")))))
                 (dep (sh "quorate-dep" "mkdir $out; seq 1 20000 > $out/numbers" '()))
                 (top (sh "quorate-top" (string-append "mkdir $out; echo " (derivation->output-path dep) " > $out/dep")
                          (list (derivation-input dep)))))
            (for-each (lambda (d) (format #t "~a~%~a~%" (derivation-file-name d) (derivation->output-path d)))
                      (list dep top))))
        END
        guix repl $T/d.scm > $T/names; DEP=$(sed -n 2p $T/names); DRV=$(sed -n 3p $T/names); OUT=$(sed -n 4p $T/names)

        """

    /// Runs a script with a fresh store. `$1`… are the arguments.
    func run(_ script: String, _ arguments: [String] = []) async throws -> Output {
        try await offPool { try blocking(Self.mount + Self.prologue + Self.derivation + script, arguments) }
    }

    private func blocking(_ script: String, _ arguments: [String] = []) throws -> Output {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = prefix + ["timeout", "-k", "1", "90", "sh", "-c", script, "sh"] + arguments
        process.environment = ProcessInfo.processInfo.environment.filter { ["PATH", "PEERS"].contains($0.key) }
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let text = String(decoding: bytes, as: UTF8.self).replacingOccurrences(of: "\r", with: "\n")
        return Output(status: process.terminationStatus, text: text)
    }
}
