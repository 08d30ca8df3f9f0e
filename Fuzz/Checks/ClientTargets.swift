internal import ClientSetup
internal import Quorum
internal import StoreFormats

extension FuzzTarget {
    /// What package managers say and have written about their own settings.
    static let clientTargets = [
        FuzzTarget("nix-conf", checkNixConf),
        FuzzTarget("show-config", checkShowConfig),
        FuzzTarget("path-info", maximumLength: 16 << 10, checkPathInfo),
        FuzzTarget("guix-acl", checkAccessList),
        FuzzTarget("guix-unit", maximumLength: 1024, checkUnit),
    ]
}

private func checkNixConf(_ input: [UInt8]) throws(BrokenPromise) -> FuzzTarget.Answer {
    guard let text = String(validating: input, as: UTF8.self) else { return .refused }
    // A root that is not there, so that includes find nothing.
    let root = ClientRoot("/nonexistent/quorate-fuzz")
    guard let nix = try? NixConfiguration.parse(files: root, environment: ["NIX_CONFIG": text]) else { return .refused }
    try checkConsequences(of: nix)
    return .accepted
}

private func checkShowConfig(_ input: [UInt8]) throws(BrokenPromise) -> FuzzTarget.Answer {
    guard let nix = try? NixConfiguration.parse(showConfig: input) else { return .refused }
    try checkConsequences(of: nix)
    return .accepted
}

/// Whatever the settings are, there are findings about them, and the policy proposed from them is one.
private func checkConsequences(of nix: NixConfiguration) throws(BrokenPromise) {
    for text in nix.substituters.value { try checkAddress(text) }
    let gateway = GatewaySetup(url: "http://127.0.0.1:8421", signing: .filter([]))
    let findings = Doctor(nix: nix, environment: [:], gateway: gateway).examine()
    try promise(!findings.isEmpty, "there is nothing to say about the settings")
    try FuzzTarget.checkWritten(policy: PolicyProposal(nix: nix).text)
}

private func checkAddress(_ text: String) throws(BrokenPromise) {
    let address = SubstituterAddress(text)
    let again = SubstituterAddress(address.place)
    try promise(again.place == address.place, "\(text) is at \(address.place), and that is at \(again.place)")
    let isHere = address.host == "localhost" && again.host == "127.0.0.1"
    try promise(again.host == address.host || isHere, "\(text) has another host than the place it is at")
}

private func checkPathInfo(_ input: [UInt8]) throws(BrokenPromise) -> FuzzTarget.Answer {
    guard let installed = try? InstalledPaths.parse(input) else { return .refused }
    try promise(Set(installed.paths.map(\.path)).count == installed.paths.count, "a path is there twice")
    for path in installed.paths {
        let slash = path.path.utf8.lastIndex(of: UInt8(ascii: "/")) ?? path.path.startIndex
        let again = try succeed("an installed path") {
            try StorePath(path.path, in: StoreDirectory(String(path.path[..<slash])))
        }
        try promise(again.path == path.path, "an installed path is read otherwise")
        try promise(path.outcome.narSize > 0, "an archive of size 0")
    }
    return .accepted
}

private func checkAccessList(_ input: [UInt8]) throws(BrokenPromise) -> FuzzTarget.Answer {
    guard let guix = try? GuixConfiguration.parse(accessList: input) else { return .refused }
    try promise(
        Set(guix.authorizedKeys.map(\.identity)).count == guix.authorizedKeys.count, "a key is authorised twice")
    try FuzzTarget.checkWritten(policy: PolicyProposal(guix: guix).text)
    return .accepted
}

/// A systemd unit, and the servers that it names.
private func checkUnit(_ input: [UInt8]) throws(BrokenPromise) -> FuzzTarget.Answer {
    guard let text = String(validating: input, as: UTF8.self),
        let urls = GuixConfiguration.substituteURLs(inUnit: text)
    else { return .refused }
    for url in urls { try checkAddress(url) }
    var guix = try succeed("an access list") { try GuixConfiguration.parse(accessList: Array(accessList.utf8)) }
    guix.substituteURLs = urls
    try FuzzTarget.checkWritten(policy: PolicyProposal(guix: guix).text)
    return .accepted
}

private let accessList = """
    (acl (entry (public-key (ecc (curve Ed25519) (q #\(String(repeating: "09", count: 32))#))) (tag (guix import))))
    """
