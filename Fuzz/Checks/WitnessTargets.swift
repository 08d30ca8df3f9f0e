internal import TransparencyLog

extension FuzzTarget {
    /// What logs, witnesses and mirrors send each other.
    static let witnessTargets = [
        FuzzTarget("log-add-checkpoint", checkAddCheckpoint),
        FuzzTarget("log-add-entries", checkAddEntries),
        FuzzTarget("log-mirror-info", maximumLength: 512, checkMirrorInfo),
    ]
}

private func checkAddCheckpoint(_ input: [UInt8]) throws(BrokenPromise) -> FuzzTarget.Answer {
    guard let request = try? AddCheckpointRequest(parsing: input) else { return .refused }
    try promise(request.bytes == input, "a request is written otherwise")
    try promise(request.proof.count <= MerkleProof.maximumHashCount, "a proof that no tree has")
    return .accepted
}

/// A body is accepted when it is whole: the header, all packages, and nothing behind them.
private func checkAddEntries(_ input: [UInt8]) throws(BrokenPromise) -> FuzzTarget.Answer {
    let atOnce = readUpload(input, piece: max(1, input.count))
    // The first byte decides how the pieces are cut; what is read must not depend on it.
    let inPieces = readUpload(input, piece: Int(input.first ?? 0) % 7 + 1)
    try promise(atOnce == inPieces, "pieces are read otherwise than the whole")
    guard let header = atOnce.header else { return .refused }
    var position = header.start
    var written = header.bytes
    for package in atOnce.packages {
        try promise(
            package.range.lowerBound == position && package.range.upperBound <= header.end
                && package.subtree.lowerBound % 256 == 0 && package.subtree.upperBound == package.range.upperBound
                && UInt64(package.entries.count) == package.range.upperBound - package.range.lowerBound,
            "a package of entries that it does not have")
        position = package.range.upperBound
        written += try succeed("a package that was read") { try package.encoded() }
    }
    // An origin that is no UTF-8 is written otherwise: no log has it.
    guard String(validating: input[2..<(2 + (Int(input[0]) << 8 | Int(input[1])))], as: UTF8.self) != nil else {
        return .refused
    }
    try promise(input.starts(with: written), "an upload is written otherwise")
    return position == header.end && written.count == input.count ? .accepted : .refused
}

private struct ReadUpload: Equatable {
    var header: AddEntriesHeader?
    var packages: [EntryPackage] = []
    var isRefused = false
}

private func readUpload(_ input: [UInt8], piece: Int) -> ReadUpload {
    var parser = AddEntriesParser()
    var read = ReadUpload()
    var rest = input[...]
    do {
        while !rest.isEmpty {
            parser.push(rest.prefix(piece))
            rest = rest.dropFirst(piece)
            if read.header == nil { read.header = try parser.takeHeader() }
            while let package = try parser.takePackage() { read.packages.append(package) }
        }
    } catch {
        read.isRefused = true
    }
    return read
}

private func checkMirrorInfo(_ input: [UInt8]) throws(BrokenPromise) -> FuzzTarget.Answer {
    guard let info = try? MirrorInfo(parsing: input) else { return .refused }
    try promise(info.bytes == input, "a mirror's state is written otherwise")
    return .accepted
}
