internal import StoreFormats

extension FuzzTarget {
    /// Derivations in both their formats, exports, and the scan of build outputs.
    static let derivationTargets = [
        FuzzTarget("derivation", checkDerivation),
        FuzzTarget("derivation-json", checkDerivationJSON),
        FuzzTarget("export", checkExport),
        FuzzTarget("references", checkReferences),
    ]
}

private func checkDerivation(_ input: [UInt8]) throws(BrokenPromise) -> FuzzTarget.Answer {
    var answer = FuzzTarget.Answer.refused
    for directory in [StoreDirectory.nix, .gnu] {
        guard let derivation = try? Derivation(parsing: input, name: "fuzz", in: directory) else { continue }
        answer = .accepted
        try promise(derivation.serialized() == input, "what was read is written otherwise")
        let path = try succeed("the derivation's own path") { try derivation.storePath() }
        try promise(path.isDerivation && path.directory == directory, "the derivation lies at \(path)")
        for variable in derivation.environment {
            guard let name = variable.name.text else { continue }
            try promise(derivation.value(of: name) == variable.value, "variable \(name) is not found")
        }
        try promise(derivation.isFixed == (derivation.outputs[0].contentAddress != nil), "not fixed, or fixed")

        // JSON holds all of it, or refuses.
        for format in DerivationJSON.Format.allCases {
            let entry = DerivationJSON.Entry(path: path, derivation: derivation)
            guard let text = try? DerivationJSON.serialize([entry], as: format) else { continue }
            // Version 4 leaves out paths that follow from hashes, so that a wrong one is lost.
            guard let again = try? DerivationJSON.parse(text, in: directory) else {
                try promise(format == .version4 && derivation.isFixed, "\(format) is not read again")
                continue
            }
            try promise(again == [entry], "\(format) holds something else")
        }
    }
    return answer
}

private func checkDerivationJSON(_ input: [UInt8]) throws(BrokenPromise) -> FuzzTarget.Answer {
    // What people write is taken more freely, and must not be more than refused either.
    _ = try? DerivationJSON.drafts(input)
    guard let entries = try? DerivationJSON.parse(input) else { return .refused }
    for entry in entries {
        let derivation = try succeed("a derivation that came from JSON") {
            try Derivation(parsing: entry.derivation.serialized(), at: entry.path)
        }
        try promise(derivation == entry.derivation, "the derivation is another one in its own format")
    }
    let text = try succeed("what was read") { try DerivationJSON.serialize(entries, as: .nix28) }
    let again = try succeed("what was written") { try DerivationJSON.parse(text) }
    try promise(again == entries, "what was written holds something else")
    return .accepted
}

// MARK: - Exports

private func checkExport(_ input: [UInt8]) throws(BrokenPromise) -> FuzzTarget.Answer {
    let whole = read(input, pieces: input.count)
    let pieces = read(input, pieces: input.count <= 1024 ? 1 : 13)
    try promise(
        (whole.failure == nil) == (pieces.failure == nil) && whole.failure?.code == pieces.failure?.code,
        "the answer depends on the pieces: \(String(describing: whole.failure)), \(String(describing: pieces.failure))")
    try promise(whole.objects == pieces.objects, "the objects depend on the pieces")
    guard whole.failure == nil else { return .refused }
    // All but the archives can be written again from what was read.
    var size = UInt64(ExportWriter.end.count)
    for object in whole.objects {
        let end = ExportWriter.objectEnd(
            path: object.path, references: object.references, deriver: object.deriver, signature: object.signature)
        size += UInt64(ExportWriter.objectStart.count + end.count) + object.nar.size
    }
    try promise(size == UInt64(input.count), "what is written again has \(size) bytes, not \(input.count)")
    return .accepted
}

private func read(_ input: [UInt8], pieces size: Int) -> (failure: StoreFormatError?, objects: [ExportedObject]) {
    var parser = ExportParser(limits: ExportLimits(nar: NarLimits(depth: 8, entries: 64, bytes: 1 << 20)))
    var collector = ExportCollector()
    do {
        for start in stride(from: 0, to: input.count, by: max(size, 1)) {
            try parser.push(Array(input[start..<min(start + max(size, 1), input.count)]), to: &collector)
        }
        try parser.finish()
        return (nil, collector.objects)
    } catch {
        return (error as? StoreFormatError ?? StoreFormatError(.invalidExport, "\(error)"), collector.objects)
    }
}

private struct ExportCollector: ExportReceiver {
    private(set) var objects: [ExportedObject] = []

    mutating func beginObject() {}
    mutating func endObject(_ object: ExportedObject) { objects.append(object) }
    mutating func beginDirectory(name: [UInt8]) {}
    mutating func endDirectory() {}
    mutating func symbolicLink(name: [UInt8], target: [UInt8]) {}
    mutating func beginFile(name: [UInt8], isExecutable: Bool, size: UInt64) {}
    mutating func fileContents(_ bytes: UnsafeRawBufferPointer) {}
    mutating func endFile() {}
}

// MARK: - References

/// The first line names the candidates by their hash parts; what follows is scanned. Refused is an input that names none.
private func checkReferences(_ input: [UInt8]) throws(BrokenPromise) -> FuzzTarget.Answer {
    let lines = input.split(separator: UInt8(ascii: "\n"), maxSplits: 1, omittingEmptySubsequences: false)
    let candidates = lines[0].split(separator: UInt8(ascii: " ")).compactMap {
        try? StorePath(baseName: String(decoding: $0, as: UTF8.self) + "-x")
    }
    guard !candidates.isEmpty, lines.count == 2 else { return .refused }
    let bytes = Array(lines[1])
    // The slow way, for comparison.
    let expected = Set(candidates).filter { candidate in
        let part = Array(candidate.hashPart.utf8)
        return bytes.count >= part.count
            && (0...(bytes.count - part.count)).contains { bytes[$0..<($0 + part.count)].elementsEqual(part) }
    }.sorted()
    for size in [bytes.count, 1, 31, 33] {
        var scanner = ReferenceScanner(for: candidates)
        for start in stride(from: 0, to: bytes.count, by: max(size, 1)) {
            scanner.push(Array(bytes[start..<min(start + max(size, 1), bytes.count)]))
        }
        try promise(scanner.found == expected, "in pieces of \(size) found \(scanner.found), not \(expected)")
    }
    return .accepted
}
