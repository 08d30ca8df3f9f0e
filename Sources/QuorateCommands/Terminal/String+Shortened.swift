extension String {
    /// The text with the middle of what is too long for a person left out, and a word about how much that was.
    ///
    /// Complaints repeat what they were given, so that it can be found; where that is 100 MB without a line's end, its
    /// beginning and its end say as much. What stands behind it, the reason, stays.
    ///
    /// - Parameters:
    ///   - words: Most bytes of what has no space in it.
    ///   - lines: Most bytes of a line.
    package func shortened(words: Int = 240, lines: Int = 2000) -> String {
        guard utf8.count > Swift.min(words, lines) else { return self }
        var result = ""
        for (number, line) in utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            if number > 0 { result += "\n" }
            var text = ""
            for (index, word) in line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false).enumerated()
            {
                if index > 0 { text += " " }
                text += Substring(word).cut(to: words)
            }
            result += text[...].cut(to: lines)
        }
        return result
    }
}

extension Substring {
    /// About two thirds of `limit` bytes from the front and one third from the back; all of it where that is enough.
    fileprivate func cut(to limit: Int) -> Substring {
        let count = utf8.count
        guard count > limit else { return self }
        let head = scalarStart(utf8.index(startIndex, offsetBy: limit * 2 / 3))
        let tail = scalarStart(utf8.index(endIndex, offsetBy: -(limit / 3)))
        let left = utf8.distance(from: head, to: tail)
        return self[..<head] + "…(\(left) bytes left out)…" + self[tail...]
    }

    /// The place where the character begins that has a byte at a place: what is cut there is still text.
    private func scalarStart(_ place: Index) -> Index {
        var place = place
        while place > startIndex, place < endIndex, utf8[place] & 0xC0 == 0x80 { place = utf8.index(before: place) }
        return place
    }
}
