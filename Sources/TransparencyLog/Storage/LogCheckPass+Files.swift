internal import DurableFiles

extension LogCheckPass {
    /// Looks at every file below `tile/`.
    mutating func checkFiles(isAlone: Bool) throws(TransparencyLogError) {
        var partialFolders: [TilePath] = []
        var strangers: [String] = []
        var beyond: [String] = []
        let size = tree.size
        try log.forEachTileFile { (path, isPartialFolder) throws(TransparencyLogError) in
            guard let path else {
                strangers.append("tile")
                return
            }
            if isPartialFolder {
                partialFolders.append(path)
            } else if TilePath(path.kind, number: path.number, inTreeOf: size)?.isFull != true {
                beyond.append(path.text)
            }
        }
        for place in strangers { report.add(.leftover, place, "a file that is no tile is below it") }
        // While the log is written it grows beyond what was read.
        if isAlone { for place in beyond { damage(place, "the log is not so long") } }
        for path in partialFolders { try checkPartials(of: path, isAlone: isAlone) }
        for name in (try? Directory.names(in: log.newFolder)) ?? [] where isAlone {
            report.add(.leftover, ".state/new/\(name)", "an unfinished write")
        }
    }

    private mutating func checkPartials(of full: TilePath, isAlone: Bool) throws(TransparencyLogError) {
        let folder = log.file(of: full) + ".p"
        let names = try filing { () throws(FileFailure) in try Directory.names(in: folder) }
        let whole = try log.contents(full) ?? unwritten[full]
        for name in names {
            guard let path = try? TilePath(parsing: "\(full.text).p/\(name)") else {
                report.add(.leftover, "\(full.text).p/\(name)", "is no partial tile")
                continue
            }
            guard let bytes = try log.contents(path) else { continue }
            let expected: [UInt8]?
            switch path.kind {
            case .hashes: expected = whole.map { Array($0.prefix(path.width * LogHash.byteCount)) } ?? edge.tile(path)
            case .entries:
                let bundle = whole ?? (path.number == tree.size / 256 ? edge.bundle : [])
                expected = LogDirectory.end(ofEntries: path.width, in: bundle).map { Array(bundle[..<$0]) }
            }
            guard let expected else {
                if isAlone { damage(path.text, "the log is not so long") }
                continue
            }
            guard bytes == expected else {
                damage(path.text, "has other bytes than the entries give")
                continue
            }
            report.partials += 1
        }
        if whole != nil, let kept = TilePath(full.kind, number: full.number, inTreeOf: report.publishedSize),
            kept.isFull
        {
            report.add(.leftover, "\(full.text).p", "\(names.count) partial forms of what is full")
        }
    }

    mutating func checkLists() throws(TransparencyLogError) {
        for kind in LogDirectory.ListKind.allCases {
            let folder = "\(log.root)/\(kind.rawValue)"
            for name in (try? Directory.names(in: folder)) ?? [] {
                guard let digest = LogHash(hex: name) else {
                    report.add(.leftover, "\(kind.rawValue)/\(name)", "is no digest")
                    continue
                }
                if (try? log.list(kind, digest)) == nil {
                    damage("\(kind.rawValue)/\(name)", "does not have the bytes that its name says")
                }
            }
        }
    }
}
