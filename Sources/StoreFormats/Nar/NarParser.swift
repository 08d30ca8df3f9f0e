/// Reads a NAR that comes in pieces, and accepts its canonical form only.
///
/// The canonical form of a tree is unique: equal trees are equal bytes. So names must be sorted and stand once, padding
/// must be zero, every field must be where `nix-store --dump` puts it, and nothing may follow.
/// <https://nix.dev/manual/nix/latest/protocols/nix-archive>
///
/// The parser does no input or output. It keeps the names of the open directories and less than one field of text;
/// contents of files are passed through.
public struct NarParser {
    /// The limits.
    public let limits: NarLimits

    /// How many bytes were read.
    public private(set) var offset: UInt64 = 0

    /// How many files, links and directories were seen, the root included.
    public private(set) var entryCount = 0

    /// What the next field has to be.
    private enum Expectation {
        case magic
        case nodeOpen
        case typeKeyword
        case type
        case executableOrContents
        case executableMarker
        case contentsKeyword
        case contents
        case fileClose
        case targetKeyword
        case target
        case linkClose
        case entryOrClose
        case entryOpen
        case nameKeyword
        case name
        case nodeKeyword
        case entryClose
        case end
        case failed
    }

    /// Where in a field the parser is.
    private enum Position {
        case length
        case body(Int)
        case contents(UInt64)
        case padding(Int)
    }

    private var expectation = Expectation.magic
    private var position = Position.length
    /// The beginning of what is needed at once and did not come at once.
    private var pending: [UInt8] = []
    /// For each open directory the last name that was seen in it.
    private var lastNames: [[UInt8]] = []
    private var name: [UInt8] = []
    private var fileSize: UInt64 = 0
    private var isExecutable = false

    /// Starts a NAR.
    public init(limits: NarLimits = .standard) {
        self.limits = limits
    }

    /// Whether the NAR has ended, so that nothing may follow.
    public var isComplete: Bool { expectation == .end }

    /// Takes the next piece of the NAR.
    ///
    /// - Parameters:
    ///   - bytes: The piece, of any size.
    ///   - receiver: Is told what it holds.
    /// - Throws: ``StoreFormatError/Code/invalidNar``, ``StoreFormatError/Code/limitExceeded``,
    ///   ``StoreFormatError/Code/trailingData``, each with the offset, and what the receiver throws. After an error the
    ///   parser accepts nothing more.
    public mutating func push(_ bytes: UnsafeRawBufferPointer, to receiver: inout some NarReceiver) throws {
        let taken = try consume(bytes, to: &receiver)
        guard taken == bytes.count else {
            expectation = .failed
            throw StoreFormatError(.trailingData, "NAR: bytes behind its end", at: .offset(offset))
        }
    }

    /// Takes the next piece of the NAR.
    public mutating func push(_ bytes: [UInt8], to receiver: inout some NarReceiver) throws {
        try bytes.withUnsafeBytes { try push($0, to: &receiver) }
    }

    /// Takes the next piece of a stream that may go on behind the NAR.
    ///
    /// - Returns: How many bytes belong to the NAR; less than all of them only when it has ended.
    public mutating func consume(
        _ bytes: UnsafeRawBufferPointer, to receiver: inout some NarReceiver
    ) throws -> Int {
        let before = expectation
        // Set again at the end: an error, also of the receiver, leaves a parser that refuses everything.
        expectation = .failed
        var state = before
        guard state != .failed else {
            throw StoreFormatError(.invalidNar, "NAR: the parser has failed before", at: .offset(offset))
        }
        var input = bytes
        try run(&input, &state, &receiver)
        expectation = state
        return bytes.count - input.count
    }

    /// Says that the stream has ended.
    ///
    /// - Throws: ``StoreFormatError/Code/truncated`` when the NAR has not.
    public func finish() throws(StoreFormatError) {
        guard expectation == .end else {
            throw StoreFormatError(.truncated, "NAR: ends too early", at: .offset(offset))
        }
    }

    // MARK: Fields

    private mutating func run(
        _ input: inout UnsafeRawBufferPointer, _ state: inout Expectation, _ receiver: inout some NarReceiver
    ) throws {
        while state != .end {
            switch position {
            case .length:
                guard let length = try take(8, &input, { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) })
                else { return }
                try begin(length, &state, &receiver)
            case .body(let length):
                guard length > 0 else {
                    position = .length
                    try accept(UnsafeRawBufferPointer(start: nil, count: 0), &state, &receiver)
                    continue
                }
                let padded = (length + 7) & ~7
                if pending.isEmpty, input.count >= padded {
                    // The whole field lies in this piece: no copy.
                    let field = UnsafeRawBufferPointer(rebasing: input[..<padded])
                    input = UnsafeRawBufferPointer(rebasing: input[padded...])
                    try advance(padded)
                    try acceptPadded(field, length, &state, &receiver)
                } else {
                    guard fill(padded, &input) else { return }
                    let field = pending
                    pending.removeAll(keepingCapacity: true)
                    try advance(padded)
                    try field.withUnsafeBytes { try acceptPadded($0, length, &state, &receiver) }
                }
            case .contents(let left):
                guard !input.isEmpty else { return }
                let count = Int(min(UInt64(input.count), left))
                let piece = UnsafeRawBufferPointer(rebasing: input[..<count])
                input = UnsafeRawBufferPointer(rebasing: input[count...])
                try advance(count)
                try receiver.fileContents(piece)
                position =
                    left > UInt64(count) ? .contents(left - UInt64(count)) : .padding(Int((8 - fileSize % 8) % 8))
            case .padding(let count):
                guard let padding = try take(count, &input, { Array($0) }) else { return }
                guard padding.allSatisfy({ $0 == 0 }) else { throw invalid("padding that is not zero") }
                try receiver.endFile()
                position = .length
                state = .fileClose
            }
        }
    }

    /// Takes a few bytes at once; nil when they are not all there yet.
    private mutating func take<Value>(
        _ count: Int, _ input: inout UnsafeRawBufferPointer, _ read: (UnsafeRawBufferPointer) -> Value
    ) throws(StoreFormatError) -> Value? {
        if pending.isEmpty, input.count >= count {
            let value = read(UnsafeRawBufferPointer(rebasing: input[..<count]))
            input = UnsafeRawBufferPointer(rebasing: input[count...])
            try advance(count)
            return value
        }
        guard fill(count, &input) else { return nil }
        let value = pending.withUnsafeBytes(read)
        pending.removeAll(keepingCapacity: true)
        try advance(count)
        return value
    }

    /// Moves bytes to the pending ones until there are `count`; says whether there are.
    private mutating func fill(_ count: Int, _ input: inout UnsafeRawBufferPointer) -> Bool {
        let moved = min(count - pending.count, input.count)
        pending.append(contentsOf: input[..<moved])
        input = UnsafeRawBufferPointer(rebasing: input[moved...])
        return pending.count == count
    }

    private mutating func advance(_ count: Int) throws(StoreFormatError) {
        offset += UInt64(count)
        guard offset <= limits.bytes else {
            throw StoreFormatError(.limitExceeded, "NAR: larger than \(limits.bytes) bytes", at: .offset(offset))
        }
    }

    /// Begins a field of a given length.
    private mutating func begin(
        _ length: UInt64, _ state: inout Expectation, _ receiver: inout some NarReceiver
    ) throws {
        if state == .contents {
            guard length <= limits.bytes - offset else {
                throw StoreFormatError(
                    .limitExceeded, "NAR: a file of \(length) bytes makes it larger than \(limits.bytes) bytes",
                    at: .offset(offset))
            }
            fileSize = length
            try receiver.beginFile(name: name, isExecutable: isExecutable, size: length)
            position = length > 0 ? .contents(length) : .padding(0)
            return
        }
        let longest =
            switch state {
            case .name: NarLimits.maximumNameLength
            case .target: NarLimits.maximumTargetLength
            default: Keyword.longest
            }
        guard length <= UInt64(longest) else {
            switch state {
            case .name, .target:
                throw StoreFormatError(
                    .limitExceeded, "NAR: name or target longer than \(longest) bytes", at: .offset(offset))
            default: throw invalid("unknown field")
            }
        }
        position = .body(Int(length))
    }

    private mutating func acceptPadded(
        _ field: UnsafeRawBufferPointer, _ length: Int, _ state: inout Expectation, _ receiver: inout some NarReceiver
    ) throws {
        guard field[length...].allSatisfy({ $0 == 0 }) else { throw invalid("padding that is not zero") }
        position = .length
        try accept(UnsafeRawBufferPointer(rebasing: field[..<length]), &state, &receiver)
    }

    // MARK: Grammar

    private mutating func accept(
        _ field: UnsafeRawBufferPointer, _ state: inout Expectation, _ receiver: inout some NarReceiver
    ) throws {
        switch state {
        case .magic: state = try expect(Keyword.magic, field, then: .nodeOpen)
        case .nodeOpen: state = try expect(Keyword.open, field, then: .typeKeyword)
        case .typeKeyword:
            state = try expect(Keyword.type, field, then: .type)
            entryCount += 1
            guard entryCount <= limits.entries else {
                throw StoreFormatError(
                    .limitExceeded, "NAR: more than \(limits.entries) entries", at: .offset(offset))
            }
        case .type:
            if Keyword.regular.matches(field) {
                isExecutable = false
                state = .executableOrContents
            } else if Keyword.directory.matches(field) {
                guard lastNames.count < limits.depth else {
                    throw StoreFormatError(
                        .limitExceeded, "NAR: directories nested deeper than \(limits.depth)", at: .offset(offset))
                }
                try receiver.beginDirectory(name: name)
                lastNames.append([])
                state = .entryOrClose
            } else if Keyword.symlink.matches(field) {
                state = .targetKeyword
            } else {
                throw invalid("unknown type of entry")
            }
        case .executableOrContents:
            if Keyword.contents.matches(field) {
                state = .contents
            } else {
                state = try expect(Keyword.executable, field, then: .executableMarker)
                isExecutable = true
            }
        case .executableMarker: state = try expect(Keyword.empty, field, then: .contentsKeyword)
        case .contentsKeyword: state = try expect(Keyword.contents, field, then: .contents)
        case .fileClose, .linkClose: state = try expect(Keyword.close, field, then: afterNode)
        case .targetKeyword: state = try expect(Keyword.target, field, then: .target)
        case .target:
            guard !field.isEmpty, !field.contains(0) else { throw invalid("target that is empty or has a zero byte") }
            try receiver.symbolicLink(name: name, target: Array(field))
            state = .linkClose
        case .entryOrClose:
            if Keyword.entry.matches(field) {
                state = .entryOpen
            } else {
                state = try expect(Keyword.close, field, then: .entryClose)
                lastNames.removeLast()
                try receiver.endDirectory()
                state = afterNode
            }
        case .entryOpen: state = try expect(Keyword.open, field, then: .nameKeyword)
        case .nameKeyword: state = try expect(Keyword.name, field, then: .name)
        case .name:
            try acceptName(field)
            state = .nodeKeyword
        case .nodeKeyword: state = try expect(Keyword.node, field, then: .nodeOpen)
        case .entryClose: state = try expect(Keyword.close, field, then: .entryOrClose)
        case .contents, .end, .failed: throw invalid("unknown field")
        }
    }

    private var afterNode: Expectation { lastNames.isEmpty ? .end : .entryClose }

    private mutating func acceptName(_ field: UnsafeRawBufferPointer) throws(StoreFormatError) {
        let isDots = field.count <= 2 && field.allSatisfy { $0 == UInt8(ascii: ".") }
        guard !field.isEmpty, !isDots, !field.contains(where: { $0 == 0 || $0 == UInt8(ascii: "/") }) else {
            throw invalid("name that is empty, . or .., or has a slash or a zero byte")
        }
        let name = [UInt8](field)
        let last = lastNames.count - 1
        guard lastNames[last].lexicographicallyPrecedes(name) else {
            throw invalid("name that is not behind the one before it")
        }
        lastNames[last] = name
        self.name = name
    }

    private func expect(
        _ keyword: Keyword, _ field: UnsafeRawBufferPointer, then next: Expectation
    ) throws(StoreFormatError) -> Expectation {
        guard keyword.matches(field) else { throw invalid("no \(keyword) where one must be") }
        return next
    }

    private func invalid(_ message: String) -> StoreFormatError {
        StoreFormatError(.invalidNar, "NAR: \(message)", at: .offset(offset))
    }
}
