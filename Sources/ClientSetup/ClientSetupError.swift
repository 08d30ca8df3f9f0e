internal import GuixFormats
internal import StoreFormats

/// What was wrong with a package manager's settings or with what it printed.
package struct ClientSetupError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kinds of trouble; open, so that a new one breaks nobody's switch.
    package struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String {
            case malformed
            case tooLarge
            case unreadable
            case unsupported
        }

        private let kind: Kind

        /// The text breaks the grammar of what it should be.
        package static let malformed = Code(kind: .malformed)
        /// A limit of this module was passed.
        package static let tooLarge = Code(kind: .tooLarge)
        /// The file is there and cannot be read.
        package static let unreadable = Code(kind: .unreadable)
        /// Well formed, in a form that this version does not know.
        package static let unsupported = Code(kind: .unsupported)

        package var description: String { kind.rawValue }
    }

    /// Where it was found.
    package enum Place: Sendable, Hashable, CustomStringConvertible {
        /// A byte of a command's output, counted from 0.
        case byte(Int)
        /// An entry of a command's output: its index, and its path where that was read.
        case entry(index: Int, path: String?)
        /// A line of a file, counted from 1.
        case line(file: String, Int)
        /// A whole file.
        case file(String)

        package var description: String {
            switch self {
            case .byte(let offset): "byte \(offset)"
            case .entry(let index, nil): "entry \(index)"
            case .entry(let index, .some(let path)): "entry \(index) (\(path))"
            case .line(let file, let line): "\(file):\(line)"
            case .file(let file): file
            }
        }
    }

    package let code: Code
    package let place: Place
    /// What is wrong and what to do, without the place.
    package let message: String

    package init(_ code: Code, at place: Place, _ message: String) {
        self.code = code
        self.place = place
        self.message = message
    }

    package var description: String { "\(place): \(message)" }

    package static func == (left: Self, right: Self) -> Bool { left.code == right.code }
    package func hash(into hasher: inout Hasher) { hasher.combine(code) }
}

extension ClientSetupError {
    /// What was wrong with JSON that nix printed.
    init(json error: StoreFormatError) {
        let code: Code =
            switch error.code {
            case .limitExceeded: .tooLarge
            case .unsupported: .unsupported
            default: .malformed
            }
        var byte = 0
        if case .offset(let offset) = error.place { byte = Int(clamping: offset) }
        self.init(code, at: .byte(byte), "not what nix prints: \(error.message)")
    }

    /// What was wrong with a file of Guix's.
    init(_ error: GuixFormatError, in bytes: [UInt8], file: String) {
        let place: Place
        switch error.place {
        case .line(let number): place = .line(file: file, number)
        case .offset(let offset):
            place = .line(file: file, bytes.prefix(offset).count { $0 == UInt8(ascii: "\n") } + 1)
        case nil: place = .file(file)
        }
        self.init(error.code == .limitExceeded ? .tooLarge : .malformed, at: place, error.message)
    }
}
