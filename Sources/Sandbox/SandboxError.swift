/// Why a sandbox could not be started. What becomes of a builder that did start is a ``SandboxOutcome``.
package struct SandboxError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What kind of failure it was. Errors are equal when their codes are.
    package struct Code: Hashable, Sendable {
        private enum Value: Hashable { case invalidPlan, unsupported, failed, cannotExecute }
        private let value: Value
        private init(_ value: Value) { self.value = value }

        /// The plan asks for what no sandbox can have.
        package static let invalidPlan = Self(.invalidPlan)
        /// The kernel, or who looks after this machine, does not let this user make namespaces.
        package static let unsupported = Self(.unsupported)
        /// Something that the plan needs could not be done.
        package static let failed = Self(.failed)
        /// All was ready, but the builder is missing or nothing that can be executed.
        package static let cannotExecute = Self(.cannotExecute)
    }

    package let code: Code
    /// What was being done.
    package let stage: Stage
    /// The system's error number; 0 where it was not the system that refused.
    package let systemError: Int32
    /// One clear line: what happened, where, what to do.
    package let message: String

    package static func == (left: Self, right: Self) -> Bool { left.code == right.code }

    package var description: String { message }
}

extension SandboxError {
    /// What is done, in this order, until the builder runs.
    package enum Stage: String, Sendable {
        case plan = "checking the plan"
        case output = "making a pipe or a terminal for the output"
        case namespaces = "making namespaces"
        case identity = "taking the builder's user id"
        case propagation = "making the mounts private"
        case root = "mounting a root on the folder"
        case step = "a step of the plan"
        case readOnly = "making the mounts read-only"
        case pivot = "entering the root"
        case names = "setting the host name"
        case network = "bringing up the loopback interface"
        case controlGroup = "limiting the memory"
        case clocks = "shifting the clocks"
        case descriptors = "setting up input and output"
        case limits = "setting the limits"
        case personality = "setting personality and processors"
        case directory = "entering the working directory"
        case privileges = "giving up privileges"
        case view = "answering for the kernel"
        case execute = "executing the builder"
    }
}
