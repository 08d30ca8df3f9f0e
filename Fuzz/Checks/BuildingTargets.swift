internal import Building

extension FuzzTarget {
    /// What derivations say that steers their builds.
    static let buildingTargets = [
        FuzzTarget("structured-attributes", checkStructuredAttributes),
        FuzzTarget("guix-download", maximumLength: 1024, checkGuixDownload),
    ]
}

private func checkStructuredAttributes(_ input: [UInt8]) throws(BrokenPromise) -> FuzzTarget.Answer {
    guard let rendered = try? StructuredAttributes.rendered(input) else { return .refused }
    let again = try succeed("what was written") { try StructuredAttributes.rendered(rendered.json) }
    try promise(again.json == rendered.json, "written twice, the JSON differs")
    try promise(again.shell == rendered.shell, "written twice, the shell's file differs")
    return .accepted
}

private func checkGuixDownload(_ input: [UInt8]) throws(BrokenPromise) -> FuzzTarget.Answer {
    let mirrors = try? GuixMirrors.mirrors(input)
    guard let addresses = try? GuixMirrors.addresses(input, mirrors: ["gnu": ["https://a.example"]]) else {
        return mirrors == nil ? .refused : .accepted
    }
    try promise(addresses.count <= 256, "more addresses than anybody tries")
    return .accepted
}
