internal import Glibc
internal import StoreFormats

/// Where a path of the file system leads, one link after the other: into a store, elsewhere, or nowhere.
///
/// It ends at the first path of a store, which may be a link itself and is then what was meant. Whether the store has
/// that path is not looked at: a link whose target was collected still says what it was.
enum LinkEnd: Equatable {
    /// Into a store.
    /// - place: Where that store path lies on the disk.
    /// - isWhole: False for a file inside the store path.
    case store(StorePath, place: String, isWhole: Bool)
    /// To a place in no store, without links in it.
    case elsewhere(String)
    /// To this place, where there is nothing.
    case nothing(String)
    /// Round in a circle.
    case circle

    /// Links on the way, as the system counts them.
    private static let most = 40

    /// Follows a path.
    /// - Parameter folder: Where a store of ours lies, beside those of the package managers.
    init(_ path: String, folder: String? = nil) throws(CommandError) {
        let roots = Self.roots(folder)
        let start = try Files.absolute(path)
        if let end = Self.store(start, roots, rest: []) {
            self = end
            return
        }
        var resolved = ""
        var rest = Self.parts(start)
        var links = 0
        while let part = rest.popLast() {
            guard part != ".." else {
                resolved = resolved.lastIndex(of: "/").map { String(resolved[..<$0]) } ?? ""
                continue
            }
            let next = "\(resolved)/\(part)"
            if let end = Self.store(next, roots, rest: rest) {
                self = end
                return
            }
            if let target = Self.target(of: next) {
                links += 1
                guard links <= Self.most else {
                    self = .circle
                    return
                }
                if target.hasPrefix("/") {
                    if let end = Self.store(target, roots, rest: rest) {
                        self = end
                        return
                    }
                    resolved = ""
                }
                rest += Self.parts(target)
            } else {
                guard Files.exists(next) else {
                    self = .nothing(next)
                    return
                }
                resolved = next
            }
        }
        self = .elsewhere(resolved.isEmpty ? "/" : resolved)
    }

    /// The store path that an absolute path lies in by its letters alone: the store need not be on this machine.
    private static func store(
        _ path: String, _ roots: [(path: String, directory: StoreDirectory)], rest: [String]
    ) -> LinkEnd? {
        for root in roots where path.hasPrefix(root.path + "/") {
            let parts = path.dropFirst(root.path.utf8.count).split(separator: "/")
            guard let name = parts.first, let found = try? StorePath(baseName: String(name), in: root.directory) else {
                continue
            }
            return .store(found, place: "\(root.path)/\(name)", isWhole: parts.count == 1 && rest.isEmpty)
        }
        return nil
    }

    /// The folders whose entries are store paths, by the names that links in the way do not change.
    private static func roots(_ folder: String?) -> [(path: String, directory: StoreDirectory)] {
        var roots: [(path: String, directory: StoreDirectory)] = []
        for directory in [StoreDirectory.nix, .gnu] {
            for path in [directory.path] + (folder.map { [$0 + directory.path] } ?? []) {
                roots.append((path, directory))
                if let real = realpath(path, nil) {
                    roots.append((String(cString: real), directory))
                    free(real)
                }
            }
        }
        return roots
    }

    /// The parts of a path, the first one last.
    private static func parts(_ path: String) -> [String] {
        path.split(separator: "/").filter { $0 != "." }.reversed().map(String.init)
    }

    /// What a link says; nil for anything else.
    private static func target(of path: String) -> String? {
        let bytes = [UInt8](unsafeUninitializedCapacity: Int(PATH_MAX)) { buffer, count in
            count = buffer.withMemoryRebound(to: CChar.self) { chars in
                chars.baseAddress.map { max(0, readlink(path, $0, chars.count)) } ?? 0
            }
        }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }
}
