/// Cuts what a builder prints into lines, and keeps the last ones for a failure's message.
struct LogLines {
    /// Longer lines are cut into pieces: a builder may print gigabytes without a line end.
    static let maximumLength = 1 << 16

    private var rest: [UInt8] = []
    private var last: [[UInt8]] = []
    /// Where the oldest of the last lines is, once there are enough.
    private var oldest = 0

    /// Takes a piece and gives out each line that is complete, without its end.
    mutating func push(_ piece: UnsafeRawBufferPointer, _ line: ([UInt8]) -> Void) {
        var piece = piece[...]
        while let end = piece.firstIndex(of: UInt8(ascii: "\n")) {
            rest += piece[..<end]
            piece = piece[(end + 1)...]
            while rest.count > Self.maximumLength { give(line) }
            give(line)
        }
        rest += piece
        while rest.count > Self.maximumLength { give(line) }
    }

    /// Gives out what is left without a line end.
    mutating func finish(_ line: ([UInt8]) -> Void) {
        if !rest.isEmpty { give(line) }
    }

    private mutating func give(_ line: ([UInt8]) -> Void) {
        let taken: [UInt8]
        if rest.count > Self.maximumLength {
            taken = Array(rest.prefix(Self.maximumLength))
            rest.removeFirst(Self.maximumLength)
        } else {
            taken = rest
            rest.removeAll(keepingCapacity: true)
        }
        line(taken)
        guard BuilderMessage(taken) == nil else { return }
        if last.count < BuildFailure.tailLength {
            last.append(taken)
        } else {
            last[oldest] = taken
            oldest = (oldest + 1) % BuildFailure.tailLength
        }
    }

    /// The last lines as text that is safe to show.
    var tail: [String] { (last[oldest...] + last[..<oldest]).map(Self.plain) }

    /// A line without terminal control sequences (ECMA-48: ESC, `[`, parameters, one final letter) and without any other
    /// control character but the tabulator: what a builder prints must not steer the reader's terminal.
    static func plain(_ line: [UInt8]) -> String {
        var kept = String.UnicodeScalarView()
        var scalars = String(decoding: line, as: UTF8.self).unicodeScalars.makeIterator()
        while let scalar = scalars.next() {
            if scalar == "\u{1b}" {
                guard scalars.next() == "[" else { continue }
                while let parameter = scalars.next(), !("@"..."~").contains(parameter) {}
            } else if scalar == "\t" || scalar.properties.generalCategory != .control {
                kept.append(scalar)
            }
        }
        return String(kept)
    }
}
