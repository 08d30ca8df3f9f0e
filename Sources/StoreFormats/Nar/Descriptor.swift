internal import Glibc

/// An open file, closed at the end of its life.
struct Descriptor: ~Copyable {
    let number: Int32

    init(owning number: Int32) {
        self.number = number
    }

    deinit {
        close(number)
    }
}

extension StoreFormatError {
    /// The error of a system call that has just failed.
    static func system(_ action: String, _ code: Int32, path: String) -> StoreFormatError {
        StoreFormatError(.fileSystem, "cannot \(action): \(String(cString: strerror(code)))", at: .path(path))
    }
}
