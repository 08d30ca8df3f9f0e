internal import DurableFiles
internal import Glibc

extension LogDirectory {
    /// Removes the partial tiles and bundles of a tree of one size that are full in a published one.
    func removePartials(ofTreeOf size: UInt64, below published: UInt64) {
        for kind in [TilePath.Kind.entries] + (0..<8).map({ .hashes(level: $0) }) {
            let shift: UInt64 = if case .hashes(let level) = kind { 8 * UInt64(level) } else { 0 }
            let count = size >> shift
            guard count % 256 > 0, published >> shift >= count | 255 + 1, let path = TilePath(kind, number: count / 256)
            else { continue }
            removePartials(of: path)
        }
    }

    /// Removes all partial forms of a tile or bundle whose full form is there.
    @discardableResult
    private func removePartials(of path: TilePath) -> Int {
        let full = file(of: path)
        guard FileStatus(path: full)?.isRegular == true else { return 0 }
        let folder = full + ".p"
        guard let names = try? Directory.names(in: folder) else { return 0 }
        var removed = 0
        for name in names where unlink("\(folder)/\(name)") == 0 { removed += 1 }
        rmdir(folder)
        return removed
    }

    /// Removes every partial tile and bundle that is full in the tree of `size`, which has to be published; how many.
    /// Blocks, and walks through all of them.
    ///
    /// The sequencer does it as it goes; this is for what crashes left.
    package func collectPartials(below size: UInt64) throws(TransparencyLogError) -> Int {
        var removed = 0
        try forEachTileFile { path, isPartialFolder in
            guard isPartialFolder, let path else { return }
            let shift: UInt64 = if case .hashes(let level) = path.kind { 8 * UInt64(level) } else { 0 }
            if path.number < size >> shift / 256 { removed += removePartials(of: path) }
        }
        return removed
    }

    /// Visits what is below `tile/`: with the path of a full tile, of the full tile whose partial forms are in a
    /// folder, or nil for what is none of these.
    func forEachTileFile(
        _ body: (_ path: TilePath?, _ isPartialFolder: Bool) throws(TransparencyLogError) -> Void
    ) throws(TransparencyLogError) {
        var folders = ["tile"]
        while let folder = folders.popLast() {
            let names = try filing { () throws(FileFailure) in try Directory.names(in: "\(root)/\(folder)") }
            for name in names {
                let place = "\(folder)/\(name)"
                if FileStatus(path: "\(root)/\(place)")?.isDirectory != true {
                    try body(try? TilePath(parsing: place), false)
                } else if name.hasSuffix(".p") {
                    try body(try? TilePath(parsing: place.dropLast(2)), true)
                } else {
                    folders.append(place)
                }
            }
        }
    }
}
