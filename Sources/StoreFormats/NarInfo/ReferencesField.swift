/// The references of a narinfo as Nix and Guix write them: base names with a space between.
package struct ReferencesField {
    /// What is referred to, sorted, each once.
    package let paths: [StorePath]
    /// Whether they were in another order.
    package let isUnsorted: Bool
    /// Whether one of them was there twice.
    package let hasRepetition: Bool
    /// Whether there was more than one space between two, or one behind the last.
    package let hasExtraSpace: Bool

    /// Reads the field's value.
    ///
    /// - Parameters:
    ///   - directory: The store that all paths must lie in.
    ///   - limit: The most references.
    /// - Throws: ``StoreFormatError/Code/invalidStorePath``, ``StoreFormatError/Code/limitExceeded``.
    package init(_ value: ArraySlice<UInt8>, in directory: StoreDirectory, limit: Int) throws(StoreFormatError) {
        var references: [StorePath] = []
        var isSorted = true
        var hasExtraSpace = false
        // No value is no reference, and no space either.
        let words = value.isEmpty ? [] : value.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        for word in words {
            if word.isEmpty {
                hasExtraSpace = true
                continue
            }
            guard references.count < limit else {
                throw StoreFormatError(.limitExceeded, "more than \(limit) references")
            }
            let reference = try StorePath(baseNameUTF8: word, in: directory)
            if let last = references.last, last >= reference { isSorted = false }
            references.append(reference)
        }
        self.hasExtraSpace = hasExtraSpace
        if isSorted {
            (paths, isUnsorted, hasRepetition) = (references, false, false)
            return
        }
        let sorted = references.sorted()
        isUnsorted = sorted != references
        let unique = Set(references)
        hasRepetition = unique.count < references.count
        paths = hasRepetition ? unique.sorted() : sorted
    }
}
