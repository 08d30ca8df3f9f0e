internal import CSandbox
internal import Glibc

/// Wakes a thread that waits for descriptors.
final class Alarm: Sendable {
    /// Readable, and for ever so, once the alarm has rung.
    let descriptor: Int32

    init() throws(SandboxError) {
        descriptor = csandbox_alarm()
        guard descriptor >= 0 else {
            let error = errno
            throw SandboxError(
                code: .failed, stage: .output, systemError: error,
                message: "cannot make a sandbox: no descriptor is free: \(Refusals.text(of: error))")
        }
    }

    deinit { close(descriptor) }

    func ring() { csandbox_ring(descriptor) }
}
