package import StoreFormats

/// Where the parts of a store lie in its folder; all on one file system.
package struct StoreLayout: Sendable, Hashable {
    /// Absolute, without a slash at the end.
    package let folder: String

    package init(folder: String) { self.folder = folder }

    /// Where the database lies; without it there is no store in the folder.
    package var database: String { folder + "/db.sqlite" }
    /// Links that keep paths alive; those of others' links are below `auto`.
    package var roots: String { folder + "/roots" }
    package var indirectRoots: String { roots + "/auto" }
    /// A file of which each byte stands for a path: who locks it makes that path.
    var locks: String { folder + "/path.locks" }
    /// One file for each process, locked as long as it lives: what it needs must stay.
    var temporaryRoots: String { folder + "/temporary-roots" }
    /// One folder for each process: what is not finished.
    var staging: String { folder + "/staging" }
    /// What was forgotten and is being removed.
    var trash: String { folder + "/trash" }
    /// Held alone by who collects garbage, together by who changes what that looks at.
    var garbageLock: String { folder + "/garbage.lock" }

    /// The folder that holds the paths of a store directory.
    package func physicalFolder(of directory: StoreDirectory) -> String { folder + directory.path }

    /// Where a path is, or would be.
    package func physicalPath(of path: StorePath) -> String { folder + path.path }

    /// The store directories that always exist.
    static let directories: [StoreDirectory] = [.nix, .gnu]
}
