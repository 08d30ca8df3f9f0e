extension FuzzTarget {
    /// The address of a cache on the first line, and a reference that a server gave on the others.
    static let originTarget = FuzzTarget("origin", maximumLength: 512, checkOrigin)
}

private func checkOrigin(_ input: [UInt8]) throws(BrokenPromise) -> FuzzTarget.Answer {
    guard let text = String(validating: input, as: UTF8.self) else { return .refused }
    let halves = text.utf8.split(separator: UInt8(ascii: "\n"), maxSplits: 1, omittingEmptySubsequences: false)
    guard let origin = halves.first.flatMap({ try? HTTPOrigin(String($0) ?? "") }) else { return .refused }
    let again = try succeed("the origin's own spelling") { try HTTPOrigin(origin.description) }
    try promise(again == origin, "the origin's own spelling is another origin: \(again)")

    guard halves.count == 2, let reference = String(halves[1]), let address = try? origin.resolve(reference) else {
        return .refused
    }
    try promise(address.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }, "the address is not printable ASCII: \(address)")
    let isElsewhere = reference.hasPrefix("http://") || reference.hasPrefix("https://")
    guard !isElsewhere else {
        try promise(address == reference, "a whole address was changed to \(address)")
        try promise(!origin.usesTLS || address.hasPrefix("https://"), "https leads to \(address)")
        return .accepted
    }
    try promise(address.hasPrefix(origin.description), "\(reference) leads out of \(origin) to \(address)")
    let rest = address.dropFirst(origin.description.count)
    let path = rest.prefix { $0 != "?" && $0 != "#" }
    // As servers and clients take them that decode first and then remove dots, or take a backslash for a slash.
    let decoded = path.lowercased().replacing("%2e", with: ".").replacing("%2f", with: "/")
        .replacing("%5c", with: "\\")
    let segments = decoded.split(omittingEmptySubsequences: false) { $0 == "/" || $0 == "\\" }
    try promise(!segments.contains(".."), "\(reference) climbs out of \(origin)")
    return .accepted
}
