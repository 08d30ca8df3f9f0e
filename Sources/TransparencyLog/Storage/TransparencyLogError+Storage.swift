internal import DurableFiles

extension TransparencyLogError.Code {
    /// The pool of entries that wait for the disk is full: the submitter should come again in a moment.
    package static let full = Self("full")
    /// Nothing can be taken now, as when the disk is full or read-only; what is there is still served.
    package static let unavailable = Self("unavailable")
    /// The log takes no more entries: it is being closed, or was retired.
    package static let closed = Self("closed")
    /// Another process has the log open for writing.
    package static let busy = Self("busy")
    /// There is a log already.
    package static let exists = Self("exists")
    /// Others hold more of this log than this disk does, or something else: going on would fork it.
    package static let rollback = Self("rollback")
    /// What is on the disk contradicts itself.
    package static let damage = Self("damage")
    /// The system refused a file operation.
    package static let file = Self("file")
}

extension TransparencyLogError {
    /// A file operation that failed, under ``Code/file`` unless another code says more.
    init(_ failure: FileFailure, code: Code = .file) {
        self.init(code, failure.description)
    }
}

/// Runs a file operation, and lets its failure out as this module's error.
func filing<Value>(_ body: () throws(FileFailure) -> Value) throws(TransparencyLogError) -> Value {
    do throws(FileFailure) {
        return try body()
    } catch {
        throw TransparencyLogError(error)
    }
}
