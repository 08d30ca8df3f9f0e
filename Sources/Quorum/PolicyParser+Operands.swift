/// A statement's words, taken from the front; refusals say how the statement is written.
struct Operands {
    let line: Int
    let keyword: String
    private var rest: ArraySlice<PolicyWord>

    private static let forms = [
        "policy": "policy NAME",
        "cache": "cache NAME nix|guix KEY URL… [builds]",
        "builder": "builder NAME VKEY [LOG…]",
        "rebuilder": "rebuilder NAME KEY URL…",
        "party": "party NAME KEYNAME…",
        "group": "group NAME K|all|any [built] [contradictable] MEMBER…",
        "quorum": "quorum nix|guix|debian NAME, or quorum NAME|none for witnesses",
        "except": "except PATTERN K until TIME \"REASON\"",
        "log": "log VKEY [URL]",
        "witness": "witness NAME VKEY [URL]",
        "revoke":
            "revoke key nix|guix|builder|rebuilder KEY [\"REASON\"], or revoke outcome sha256:HEX [STOREPATH] "
            + "[\"REASON\"]",
        "version": "version N expires TIME",
        "signer": "signer NAME VKEY",
        "signed-by": "signed-by NAME",
    ]

    init(_ statement: PolicyStatement) {
        line = statement.line
        rest = statement.words[...]
        let first = rest.popFirst()
        // A quoted word is no keyword, whatever it says.
        keyword = first.map { $0.isQuoted ? "\"\($0.text)\"" : $0.text } ?? ""
    }

    var count: Int { rest.count }

    /// How the statement is written.
    var form: String { Self.forms[keyword] ?? keyword }

    /// The next word that is no quoted text.
    mutating func next(_ what: String) throws(Refusal) -> String {
        guard let word = rest.first else { throw Refusal(.syntax, "\(what) is missing: write \(form)") }
        guard !word.isQuoted else {
            throw Refusal(.syntax, "a text in quotation marks stands where \(what) is expected: write \(form)")
        }
        rest.removeFirst()
        return word.text
    }

    /// The next word, which may be an s-expression in quotation marks.
    mutating func nextExpression(_ what: String) throws(Refusal) -> String {
        guard let word = rest.first, word.isQuoted, word.text.hasPrefix("(") else { return try next(what) }
        rest.removeFirst()
        return word.text
    }

    /// The next word if it is this one.
    mutating func take(_ word: String) -> Bool {
        guard let first = rest.first, !first.isQuoted, first.text == word else { return false }
        rest.removeFirst()
        return true
    }

    /// The last word if it is this one.
    mutating func takeLast(_ word: String) -> Bool {
        guard let last = rest.last, !last.isQuoted, last.text == word else { return false }
        rest.removeLast()
        return true
    }

    /// Takes a word of the language that must stand here.
    mutating func expect(_ word: String) throws(Refusal) {
        guard take(word) else { throw Refusal(.syntax, "the word \(word) is missing: write \(form)") }
    }

    /// The next word if there is one and it is no quoted text.
    mutating func nextUnquoted() -> String? {
        guard let first = rest.first, !first.isQuoted else { return nil }
        rest.removeFirst()
        return first.text
    }

    /// The text in quotation marks at the end.
    mutating func reason() throws(Refusal) -> String? {
        guard let word = rest.first else { return nil }
        guard word.isQuoted else {
            throw Refusal(.syntax, "\(KeyText.shown(word.text)) stands where a \"REASON\" is expected: write \(form)")
        }
        rest.removeFirst()
        guard word.text.utf8.count <= PolicyLimits.reasonBytes else {
            throw Refusal(
                .limit, "a reason of \(word.text.utf8.count) bytes: \(PolicyLimits.reasonBytes) are allowed")
        }
        guard !word.text.utf8.contains(UInt8(ascii: "\t")),
            word.text.utf8.contains(where: { $0 != UInt8(ascii: " ") })
        else { throw Refusal(.syntax, "the reason is empty or has a tab: say in a few words why") }
        return word.text
    }

    /// All that is left, none of it quoted.
    mutating func remaining(_ what: String) throws(Refusal) -> [String] {
        var words: [String] = []
        while !rest.isEmpty { words.append(try next(what)) }
        return words
    }

    func end() throws(Refusal) {
        guard let extra = rest.first else { return }
        throw Refusal(.syntax, "\(KeyText.shown(extra.text)) is one word too many: write \(form)")
    }

    /// A whole number of 1 or more in its one spelling.
    static func positive(_ text: String) -> Int? {
        // Eighteen digits always fit.
        guard (1...18).contains(text.utf8.count), text.utf8.first != UInt8(ascii: "0"),
            text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        return Int(text)
    }

    /// The next word as a moment.
    mutating func moment() throws(Refusal) -> Timestamp {
        let text = try next("TIME")
        guard let moment = Timestamp(rfc3339: text) else {
            throw Refusal(.time, "\(KeyText.shown(text)) is no time: write it in UTC like 2027-01-31T12:00:00Z")
        }
        return moment
    }
}
