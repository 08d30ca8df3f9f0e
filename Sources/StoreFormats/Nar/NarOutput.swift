/// Collects the bytes of a NAR in one buffer, and hands it on when it is full.
///
/// Framing and contents go into the same buffer, so a hash function gets few large pieces.
final class NarOutput {
    typealias Sink = (UnsafeRawBufferPointer) throws -> Void

    /// Big enough that the calls to hash and to write cost nothing, small enough to stay in a core's cache between the
    /// kernel's copy and the hashing.
    static let standardCapacity = 256 * 1024

    private let base: UnsafeMutableRawPointer
    private let capacity: Int
    private var count = 0

    /// How many bytes were handed on.
    private(set) var handedOn: UInt64 = 0

    /// How many bytes there are, handed on or not.
    var total: UInt64 { handedOn + UInt64(count) }

    /// Sequences of fields that always come together.
    enum Frame {
        static let magic = Keyword.fields(.magic)
        static let file = Keyword.fields(.open, .type, .regular, .contents)
        static let executable = Keyword.fields(.open, .type, .regular, .executable, .empty, .contents)
        static let symlink = Keyword.fields(.open, .type, .symlink, .target)
        static let directory = Keyword.fields(.open, .type, .directory)
        static let entry = Keyword.fields(.entry, .open, .name)
        static let node = Keyword.fields(.node)
        static let close = Keyword.fields(.close)
    }

    /// More than the longest run of framing and names that is written at once.
    private static let reserve = 8 * 1024

    init(capacity: Int = NarOutput.standardCapacity) {
        self.capacity = max(capacity, 2 * NarOutput.reserve)
        base = .allocate(byteCount: self.capacity, alignment: 4096)
    }

    deinit {
        base.deallocate()
    }

    /// Hands on what there is.
    func flush(_ sink: Sink) throws {
        guard count > 0 else { return }
        handedOn += UInt64(count)
        let filled = UnsafeRawBufferPointer(start: base, count: count)
        count = 0
        try sink(filled)
    }

    /// Hands on bytes that stand elsewhere; what was collected before has been handed on.
    func pass(_ bytes: UnsafeRawBufferPointer, _ sink: Sink) throws {
        handedOn += UInt64(bytes.count)
        try sink(bytes)
    }

    /// Makes room for the framing of one entry.
    func reserve(_ sink: Sink) throws {
        if capacity - count < NarOutput.reserve { try flush(sink) }
    }

    /// Appends fields; room was reserved.
    func append(_ fields: [UInt8]) {
        fields.withUnsafeBytes { append($0) }
    }

    /// Appends a name or a target with its length and padding; room was reserved.
    func append(field: UnsafeRawBufferPointer) {
        append(number: UInt64(field.count))
        append(field)
        pad(UInt64(field.count))
    }

    /// Appends 8 bytes; room was reserved.
    func append(number: UInt64) {
        base.storeBytes(of: number.littleEndian, toByteOffset: count, as: UInt64.self)
        count += 8
    }

    /// Appends the zeros that follow a field; room was reserved.
    func pad(_ length: UInt64) {
        let zeros = Int((8 - length % 8) % 8)
        guard zeros > 0 else { return }
        (base + count).initializeMemory(as: UInt8.self, repeating: 0, count: zeros)
        count += zeros
    }

    /// The free part of the buffer, to be written by the kernel.
    var room: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: base + count, count: capacity - count)
    }

    /// Says that some of ``room`` was filled.
    func advance(_ filled: Int) {
        count += filled
    }

    private func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        (base + count).copyMemory(from: source, byteCount: bytes.count)
        count += bytes.count
    }
}
