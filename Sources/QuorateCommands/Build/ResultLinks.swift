internal import DurableFiles
internal import Glibc
internal import LocalStore
internal import StoreFormats

/// The links that a build leaves for people: `result`, `result-2` and so on.
struct ResultLinks {
    let first: String

    init(_ name: String) throws(CommandError) { first = try Files.absolute(name) }

    /// Makes a link to each result; links that are there give way, other files do not.
    func make(_ results: [PathInfo], in store: LocalStore) throws {
        for (index, info) in results.enumerated() {
            let link = index == 0 ? first : "\(first)-\(index + 1)"
            // Made beside and moved into place: there is always the old link or the new one.
            let temporary = "\(link).quorate-\(getpid())"
            unlink(temporary)
            guard symlink(store.location(of: info), temporary) == 0 else {
                throw CommandError(.cannotWrite, "\(FileFailure(link, "cannot be made"))")
            }
            do {
                var buffer = [UInt8](repeating: 0, count: 1)
                if Files.exists(link) || readlink(link, &buffer, 1) >= 0, readlink(link, &buffer, 1) < 0 {
                    throw CommandError(.cannotWrite, "\(link): is there and is no link; remove it or choose another")
                }
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
