internal import Quorum

/// Reads a payload from front to back along the one text that a statement can have.
///
/// There is no tree and no search: fixed text is compared, values are taken by their rule. What this accepts is what
/// the writer writes, so it is canonical JSON without being parsed as JSON.
struct StatementCursor {
    private let text: UnsafeRawBufferPointer
    private(set) var position = 0

    /// The text must outlive the cursor.
    init(_ text: UnsafeRawBufferPointer) {
        self.text = text
    }

    /// Steps over fixed text if it comes next.
    mutating func skips(_ fixed: StaticString) -> Bool {
        guard text.has(fixed, at: position) else { return false }
        position += fixed.utf8CodeUnitCount
        return true
    }

    /// Steps over fixed text.
    mutating func skip(_ fixed: StaticString) throws(AttestationError) {
        guard skips(fixed) else { throw refusal("expected \(fixed)") }
    }

    /// Takes what stands before the next quotation mark, and the mark, if it obeys a rule.
    mutating func word(
        _ what: StaticString, _ rule: (UnsafeRawBufferPointer) -> Bool
    ) throws(AttestationError) -> UnsafeRawBufferPointer {
        guard let end = text.position(of: UInt8(ascii: "\""), from: position) else {
            throw refusal("expected \(what)")
        }
        let word = UnsafeRawBufferPointer(rebasing: text[position..<end])
        guard rule(word) else { throw refusal("expected \(what)") }
        position = end + 1
        return word
    }

    /// Takes a word as a string.
    mutating func string(
        _ what: StaticString, _ rule: (UnsafeRawBufferPointer) -> Bool
    ) throws(AttestationError) -> String {
        String(decoding: try word(what, rule), as: UTF8.self)
    }

    /// Takes a digest in hexadecimal, and the quotation mark behind it.
    mutating func digest() throws(AttestationError) -> Digest256 {
        guard position + 65 <= text.count, text[position + 64] == UInt8(ascii: "\""),
            let digest = PlainText.digest(UnsafeRawBufferPointer(rebasing: text[position..<position + 64]))
        else { throw refusal("expected 64 hexadecimal digits") }
        position += 65
        return digest
    }

    /// Takes a moment, and the quotation mark behind it.
    mutating func timestamp() throws(AttestationError) -> Timestamp {
        let start = position
        let text = try string("a time in UTC") { $0.count == 20 }
        guard let time = Timestamp(rfc3339: text) else {
            position = start
            throw refusal("expected a time in UTC")
        }
        return time
    }

    /// Takes a number without sign or needless zeros, up to a limit.
    mutating func number(upTo limit: UInt64) throws(AttestationError) -> UInt64 {
        let start = position
        var value: UInt64 = 0
        // Fewer digits than could overflow.
        while position < text.count, position < start + 17 {
            let digit = text[position] &- UInt8(ascii: "0")
            guard digit <= 9 else { break }
            value = value * 10 + UInt64(digit)
            position += 1
        }
        let isShortest = position == start + 1 || position > start && text[start] != UInt8(ascii: "0")
        guard isShortest, value <= limit else {
            position = start
            throw refusal("expected a number up to \(limit)")
        }
        return value
    }

    /// Takes `"a","b"]`: words in the order of their bytes, each once, at most so many; perhaps none.
    mutating func sortedStrings(
        _ what: StaticString, atMost limit: Int, _ rule: (UnsafeRawBufferPointer) -> Bool
    ) throws(AttestationError) -> [String] {
        if skips("]") { return [] }
        var strings: [String] = []
        var last: UnsafeRawBufferPointer?
        repeat {
            try skip("\"")
            let next = try word(what, rule)
            if let last {
                guard PlainText.precedes(last, next) else { throw refusal("a list out of order") }
            }
            guard strings.count < limit else { throw refusal("a list of more than \(limit)") }
            strings.append(String(decoding: next, as: UTF8.self))
            last = next
        } while skips(",")
        try skip("]")
        return strings
    }

    /// Demands that nothing follows.
    func finish() throws(AttestationError) {
        guard position == text.count else { throw refusal("expected the end") }
    }

    func refusal(_ why: String) -> AttestationError {
        AttestationError(.statement, "statement, at byte \(position): \(why)")
    }
}
