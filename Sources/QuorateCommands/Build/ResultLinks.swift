internal import Building
internal import DurableFiles
internal import Glibc
internal import LocalStore
internal import StoreFormats

/// The links that a build leaves for people, named as `nix-build` names them: `result` and `result-dev` for outputs of
/// the first target, `result-2` and `result-2-dev` for those of the second.
struct ResultLinks {
    let first: String

    /// - Throws: ``CommandError`` for what is no name of a file.
    init(_ name: String) throws(CommandError) {
        guard let last = name.split(separator: "/", omittingEmptySubsequences: false).last, !last.isEmpty,
            last != ".", last != ".."
        else { throw CommandError(.usage, "--out-link '\(name)': give the name of a link, such as result") }
        first = try Files.absolute(name)
    }

    /// Says before a build what would be in the way of links after it, so far as that is known.
    /// - Parameter count: How many targets there are.
    func check(_ count: Int) throws(CommandError) {
        for index in 0..<count { try Self.check(link(index)) }
        let folder = first.lastIndex(of: "/").map { String(first[..<$0]) } ?? ""
        guard access(folder.isEmpty ? "/" : folder, W_OK | X_OK) == 0 else {
            throw CommandError(.cannotWrite, "\(FileFailure(first, "cannot be made"))")
        }
    }

    /// Refuses a place that something else than a link has.
    private static func check(_ link: String) throws(CommandError) {
        guard FileStatus(path: link)?.isSymbolicLink ?? true else {
            throw CommandError(.cannotWrite, "\(link): is there and is no link; remove it or choose another")
        }
    }

    private func link(_ index: Int) -> String { index == 0 ? first : "\(first)-\(index + 1)" }

    /// Which link leads where.
    ///
    /// - Parameters:
    ///   - targets: What was asked for.
    ///   - outputs: The outputs of a derivation, by name.
    func paths(
        _ targets: [BuildTarget], outputs: (StorePath) async throws -> [(name: String, path: StorePath)]
    ) async throws -> [(link: String, path: StorePath)] {
        var links: [(link: String, path: StorePath)] = []
        for (index, target) in targets.enumerated() {
            let link = link(index)
            switch target {
            case .path(let path): links.append((link, path))
            case .derivation(let derivation, let selection):
                for output in try await outputs(derivation) where selection.covers(output.name) {
                    links.append((output.name == "out" ? link : "\(link)-\(output.name)", output.path))
                }
            }
        }
        return links
    }

    /// Makes the links; links that are there give way, other files do not.
    func make(_ links: [(link: String, info: PathInfo)], in store: LocalStore) throws {
        for (link, info) in links {
            // Made beside and moved into place: there is always the old link or the new one.
            let temporary = "\(link).quorate-\(getpid())"
            unlink(temporary)
            guard symlink(store.location(of: info), temporary) == 0 else {
                throw CommandError(.cannotWrite, "\(FileFailure(link, "cannot be made"))")
            }
            do {
                try Self.check(link)
                guard rename(temporary, link) == 0 else {
                    throw CommandError(.cannotWrite, "\(FileFailure(link, "cannot be made"))")
                }
            } catch {
                unlink(temporary)
                throw error
            }
            if info.origin != .host { try store.addIndirectRoot(link: link) }
        }
    }
}
