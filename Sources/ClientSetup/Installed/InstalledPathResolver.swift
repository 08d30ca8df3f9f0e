internal import Quorum
internal import StoreFormats

/// Why an entry cannot be used.
struct InstalledPathDefect: Error {
    let reason: String

    init(_ reason: String) {
        self.reason = reason
    }
}

/// Gives entries their meaning: full paths, decoded hashes.
struct InstalledPathResolver {
    private let defaultStoreDirectory: String
    private var directory: StoreDirectory?
    /// Paths of `directory` already checked: one that a thousand others refer to is checked and kept once.
    private var known: [String: String] = [:]

    init(defaultStoreDirectory: String, expecting count: Int) {
        self.defaultStoreDirectory = defaultStoreDirectory
        known.reserveCapacity(count)
    }

    mutating func resolve(_ entry: InstalledPathEntry) throws(InstalledPathDefect) -> InstalledPath {
        if let defect = entry.defect { throw InstalledPathDefect(defect) }
        guard entry.isValid else { throw InstalledPathDefect("nix says that this path is not in its store") }
        let directory = entry.storeDirectory ?? defaultStoreDirectory
        guard let name = entry.key ?? entry.path else { throw InstalledPathDefect("no path") }
        let path = try fullPath(name, in: directory)
        if let other = entry.path, try fullPath(other, in: directory) != path {
            throw InstalledPathDefect("the entry's own path is \(other)")
        }
        guard let narHash = entry.narHash else { throw InstalledPathDefect("no narHash") }
        guard let narSize = entry.narSize, narSize > 0 else { throw InstalledPathDefect("no narSize above 0") }
        guard let entryReferences = entry.references else { throw InstalledPathDefect("no references") }
        var references: [String] = []
        references.reserveCapacity(entryReferences.count)
        for reference in entryReferences { references.append(try fullPath(reference, in: directory)) }
        let hash = try contentHash(narHash, of: "narHash")
        guard hash.algorithm == .sha256, let digest = Digest256(hash.digest) else {
            throw InstalledPathDefect("narHash is not a SHA-256")
        }
        return InstalledPath(
            path: path, outcome: StorePathOutcome(narHash: digest, narSize: narSize, references: references),
            contentAddress: try contentAddress(of: entry), signatures: entry.signatures,
            isBuiltHere: entry.isBuiltHere)
    }

    private mutating func fullPath(_ text: String, in directory: String) throws(InstalledPathDefect) -> String {
        do {
            let directory = try storeDirectory(directory)
            let full = text.utf8.first == UInt8(ascii: "/") ? text : "\(directory.path)/\(text)"
            if let path = known[full] { return path }
            _ = try StorePath(full, in: directory)
            known[full] = full
            return full
        } catch {
            throw InstalledPathDefect("\(text): \(error.message)")
        }
    }

    private mutating func storeDirectory(_ path: String) throws(StoreFormatError) -> StoreDirectory {
        if let directory, directory.path == path { return directory }
        let next = try StoreDirectory(path)
        if directory != nil { known.removeAll(keepingCapacity: true) }
        directory = next
        return next
    }

    private func contentAddress(of entry: InstalledPathEntry) throws(InstalledPathDefect) -> ContentAddress? {
        do {
            if let text = entry.contentAddress { return try ContentAddress(parsing: text) }
            guard let method = entry.contentAddressMethod, let hash = entry.contentAddressHash else { return nil }
            let methods: [String: ContentAddress.Method] = [
                "flat": .flat, "nar": .recursive, "text": .text, "git": .git,
            ]
            guard let known = methods[method] else { throw InstalledPathDefect("ca of an unknown method (\(method))") }
            return try ContentAddress(method: known, hash: try contentHash(hash, of: "ca"))
        } catch let error as StoreFormatError {
            throw InstalledPathDefect("ca: \(error.message)")
        } catch let error as InstalledPathDefect {
            throw error
        } catch {
            throw InstalledPathDefect("ca: \(error)")
        }
    }

    private func contentHash(
        _ hash: InstalledPathEntry.Hash, of field: String
    ) throws(InstalledPathDefect) -> ContentHash {
        let text: String
        switch hash {
        case .text(let spelled):
            text = spelled
        case .structured(let algorithm?, let format, let digits?):
            switch format {
            // The digits of these differ in number, so nothing is lost by leaving the format's name out.
            case nil, "base64", "nix32", "base32", "base16", "hex": text = "\(algorithm):\(digits)"
            case "sri": text = digits
            case .some(let other): throw InstalledPathDefect("\(field) in an unknown format (\(other))")
            }
        case .structured:
            throw InstalledPathDefect("\(field) without algorithm and hash")
        }
        do {
            return try ContentHash.parse(text).hash
        } catch {
            throw InstalledPathDefect("\(field): \(error.message)")
        }
    }
}
