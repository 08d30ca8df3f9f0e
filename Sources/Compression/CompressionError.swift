/// Why a stream could not be compressed or decompressed.
///
/// Two errors are equal when their codes are equal: messages are for people, codes for programs.
package struct CompressionError: Error, Sendable {
    /// What kind of trouble it is.
    package var code: Code

    /// One line that says what is wrong.
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The kind of trouble; more kinds may come, so a `switch` over it needs a default.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Wrapped: String {
            case corrupt
            case truncated
            case trailingData = "trailing data"
            case outputLimit = "output limit"
            case memoryLimit = "memory limit"
            case unsupported
            case outOfMemory = "out of memory"
            case finished
        }

        private let wrapped: Wrapped

        private init(_ wrapped: Wrapped) {
            self.wrapped = wrapped
        }

        package var description: String { wrapped.rawValue }

        /// The input is not of the format, or its checksum does not fit.
        package static let corrupt = Code(.corrupt)
        /// The input ended too early.
        package static let truncated = Code(.truncated)
        /// Something that is not of the format follows a complete stream.
        package static let trailingData = Code(.trailingData)
        /// There is more output than allowed.
        package static let outputLimit = Code(.outputLimit)
        /// The stream asks for more memory than allowed.
        package static let memoryLimit = Code(.memoryLimit)
        /// The format, level or variant is not available.
        package static let unsupported = Code(.unsupported)
        /// The system gave no memory.
        package static let outOfMemory = Code(.outOfMemory)
        /// The stream has finished or failed before; make a new one.
        package static let finished = Code(.finished)
    }
}

extension CompressionError: Equatable {
    package static func == (left: CompressionError, right: CompressionError) -> Bool {
        left.code == right.code
    }
}

extension CompressionError: CustomStringConvertible {
    package var description: String { message }
}
