internal import DurableFiles
internal import Glibc
package import StoreFormats

/// Why a path must stay.
package struct GCRoot: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable {
        /// A link in the store's own folder.
        case direct
        /// A link of somebody else, such as `result`, that the store was told of.
        case indirect
        /// A process that is running.
        case temporary
    }

    package let kind: Kind
    /// The link; for a running process the store's folder of such.
    package let link: String
    package let path: StorePath
}

/// The links that keep paths alive.
struct RootLinks {
    let layout: StoreLayout
    /// A new name in a folder that dead processes leave clean.
    let newName: @Sendable () -> String

    /// Names of roots: what a file may be called, without a dot at the beginning.
    static func isValidName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 200 && !name.hasPrefix(".") && name != "auto"
            && name.utf8.allSatisfy { $0 != UInt8(ascii: "/") && $0 > 0x20 && $0 != 0x7f }
    }

    func add(_ path: StorePath, name: String) throws(LocalStoreError) -> String {
        guard Self.isValidName(name) else {
            throw LocalStoreError(.failed, "'\(name)': no name for a root; use letters, digits and dashes")
        }
        let link = "\(layout.roots)/\(name)"
        try replace(link, target: path.path)
        return link
    }

    func addIndirect(_ link: String) throws(LocalStoreError) {
        guard link.hasPrefix("/") else { throw LocalStoreError(.failed, "\(link): a root needs its full path") }
        let name = ContentHash(of: Array(link.utf8), algorithm: .sha256).digest.prefix(20)
        try replace("\(layout.indirectRoots)/\(Nix32.encode(Array(name)))", target: link)
    }

    func remove(name: String) throws(LocalStoreError) {
        guard Self.isValidName(name) else { return }
        guard unlink("\(layout.roots)/\(name)") == 0 || errno == ENOENT else {
            throw .system("\(layout.roots)/\(name)", "cannot be removed")
        }
    }

    /// The links that stand; with `prune`, those that lead nowhere any more are removed.
    func all(prune: Bool) throws(LocalStoreError) -> [GCRoot] {
        var roots: [GCRoot] = []
        for name in try names(layout.roots) where name != "auto" {
            let link = "\(layout.roots)/\(name)"
            if let path = target(of: link).flatMap(storePath) {
                roots.append(GCRoot(kind: .direct, link: link, path: path))
            }
        }
        for name in try names(layout.indirectRoots) {
            let own = "\(layout.indirectRoots)/\(name)"
            guard let link = target(of: own) else { continue }
            if let path = target(of: link).flatMap(storePath) {
                roots.append(GCRoot(kind: .indirect, link: link, path: path))
            } else if prune, errno == ENOENT || errno == ENOTDIR || FileStatus(path: link) != nil {
                // Gone, or turned to something else. Where it cannot be looked at, it stays.
                unlink(own)
            }
        }
        return roots.sorted { $0.link < $1.link }
    }

    /// The store path that a link leads to, or into: by its own name, or to where it lies.
    func storePath(_ target: String) -> StorePath? {
        let text = target.hasPrefix(layout.folder + "/") ? String(target.dropFirst(layout.folder.utf8.count)) : target
        for directory in StoreLayout.directories where text.hasPrefix(directory.path + "/") {
            let rest = text.dropFirst(directory.path.utf8.count + 1)
            return StorePath(anywhere: "\(directory.path)/\(rest.prefix { $0 != "/" })")
        }
        return nil
    }

    /// What a link says; nil with `errno` when it is none.
    private func target(of link: String) -> String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4096) { buffer in
            guard let base = buffer.baseAddress else { return nil }
            let count = readlink(link, base, 4096)
            guard count > 0, count < 4096 else { return nil }
            return String(decoding: UnsafeRawBufferPointer(start: base, count: count), as: UTF8.self)
        }
    }

    private func replace(_ link: String, target: String) throws(LocalStoreError) {
        let new = newName()
        guard symlink(target, new) == 0 else { throw .system(link, "cannot be made") }
        guard rename(new, link) == 0 else {
            let code = errno
            unlink(new)
            throw .system(link, "cannot be put in place", code: code)
        }
    }

    private func names(_ folder: String) throws(LocalStoreError) -> [String] {
        do throws(FileFailure) {
            return try Directory.names(in: folder)
        } catch {
            throw LocalStoreError(error)
        }
    }
}
