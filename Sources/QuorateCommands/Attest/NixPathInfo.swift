internal import FoundationEssentials
internal import LocalStore
internal import StoreFormats

/// What `nix path-info --json` says about a path.
///
/// Up to 2.18 it prints an array whose elements have a `path`; later ones an object by path, where paths that are not
/// valid are null.
struct NixPathInfo: Sendable {
    let info: PathInfo
    /// The field `ultimate`, which is left out when it is false.
    let isBuiltHere: Bool

    private struct Fields: Decodable {
        let path: String?
        let valid: Bool?
        let narHash: String?
        let narSize: UInt64?
        let references: [String]?
        let deriver: String?
        let ca: String?
        let registrationTime: Int64?
        let ultimate: Bool?
    }

    /// - Throws: ``CommandError`` of status `badData` for what nix does not print.
    static func parse(_ json: [UInt8]) throws(CommandError) -> [NixPathInfo] {
        func refuse(_ why: String) -> CommandError { CommandError(.badData, "nix path-info: \(why)") }
        let data = Data(json)
        var all: [(String, Fields)] = []
        if let object = try? JSONDecoder().decode([String: Fields?].self, from: data) {
            all = object.compactMap { path, fields in fields.map { (path, $0) } }
        } else if let array = try? JSONDecoder().decode([Fields].self, from: data) {
            all = array.compactMap { fields in fields.path.map { ($0, fields) } }
        } else {
            throw refuse("neither the array nor the object that nix prints")
        }
        var infos: [NixPathInfo] = []
        for (name, fields) in all where fields.valid != false {
            guard let narHash = fields.narHash, let narSize = fields.narSize, let references = fields.references else {
                continue
            }
            do {
                infos.append(
                    NixPathInfo(
                        info: PathInfo(
                            path: try path(name), narHash: try NarHash(ContentHash.parse(narHash).hash),
                            narSize: narSize, references: try references.map(path),
                            deriver: try fields.deriver.flatMap { $0 == "unknown-deriver" ? nil : try path($0) },
                            contentAddress: try fields.ca.map { try ContentAddress(parsing: $0) }, origin: .host,
                            registeredAt: fields.registrationTime ?? 0),
                        isBuiltHere: fields.ultimate == true))
            } catch {
                throw refuse("\(name): \(error)")
            }
        }
        return infos
    }

    /// Newer ones leave the store directory out.
    private static func path(_ text: String) throws -> StorePath {
        text.hasPrefix("/") ? try StorePath(text, in: .nix) : try StorePath(baseName: text, in: .nix)
    }
}
