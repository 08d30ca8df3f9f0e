internal import Glibc

/// A file operation that the system refused: which, on what, and why.
package struct FileFailure: Error, Hashable, Sendable, CustomStringConvertible {
    package let path: String
    /// What could not be done, such as "cannot be read".
    package let what: String
    /// The system's error number.
    package let code: Int32

    package init(_ path: String, _ what: String, code: Int32 = errno) {
        self.path = path
        self.what = what
        self.code = code
    }

    /// No such file or directory.
    package var isAbsence: Bool { code == ENOENT }

    package var description: String { "\(path.isEmpty ? "''" : path): \(what): \(String(cString: strerror(code)))" }
}
