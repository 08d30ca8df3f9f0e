internal import CSandbox
internal import Glibc

/// Builds in namespaces of their own: they see nothing of the host but what their plan shows them, and nothing of them
/// is left when they are over. Linux 5.14 or newer.
package enum Sandbox {
    /// Runs the builder of a plan to its end.
    ///
    /// When this returns, every process of the build is dead. The root holds what they left, and empty files and folders
    /// where something was bound below a folder on disk.
    ///
    /// Cancelling the task kills the build; the outcome says so.
    ///
    /// - Parameter onOutput: Gets what the builder writes, in order, on a thread of this build's own, and never after the
    ///   return. It may block; then the builder waits.
    /// - Throws: ``SandboxError`` when the builder could not be started.
    package static func run(
        _ plan: SandboxPlan, onOutput: @escaping @Sendable (UnsafeRawBufferPointer) -> Void
    ) async throws(SandboxError) -> SandboxResult {
        try plan.checked()
        let alarm = try Alarm()
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Outcome, Never>) in
                let supervisor = Supervisor(plan: plan, alarm: alarm, onOutput: onOutput)
                let refusal = BuildThread.start { continuation.resume(returning: supervisor.run()) }
                if let refusal { continuation.resume(returning: .failure(refusal)) }
            }
        } onCancel: {
            alarm.ring()
        }
        return try result.get()
    }

    private typealias Outcome = Result<SandboxResult, SandboxError>

    /// Why no sandbox can be made here, in one line that says what to do; nil when it can.
    package static func obstacle() -> String? {
        let error = csandbox_probe(geteuid() == 0 ? 1 : 0)
        return error == 0 ? nil : Refusals.advice(on: error)
    }
}
