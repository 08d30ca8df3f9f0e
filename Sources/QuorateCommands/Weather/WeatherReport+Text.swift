internal import StoreFormats

extension WeatherReport {
    /// - Parameters:
    ///   - coverage: How many of the most wanted missing paths are named for each server.
    ///   - listsMissing: Whether all that is missing is named.
    func print(to terminal: Terminal, coverage: Int?, listsMissing: Bool) {
        for server in servers {
            terminal.output.lines(lines(server))
            if listsMissing { terminal.output.lines(server.missing.map { "    missing: \($0.path)" }) }
            if let coverage, !server.missing.isEmpty {
                terminal.output.line("    most wanted of what is missing:")
                let ranking = wanted.ranking(of: server.missing, limit: coverage)
                terminal.output.lines(
                    ranking.map { path, dependents in
                        "      \(path.path)  needed by \(dependents.grouped) of the others"
                    })
            }
        }
        let percent = total > 0 ? Double(found.count) * 100 / Double(total) : 100
        var line: StyledText =
            "\(total.grouped) path\(total == 1 ? "" : "s"), \(percent.tenths) % to be had from one server at least"
        if !differing.isEmpty {
            line += "; servers state different contents of \(differing.count.grouped), which challenge compares"
        }
        for (directory, count) in Dictionary(grouping: unasked, by: \.directory.path).mapValues(\.count).sorted(by: <) {
            line +=
                "; no server was asked about \("\(count.grouped) of \(directory)", .yellow), for which none is named"
        }
        terminal.output.line(line)
        if listsMissing { terminal.output.lines(unasked.map { "    not asked about: \($0.path)" }) }
    }

    private func lines(_ server: ServerWeather) -> [StyledText] {
        let isWhole = server.found == server.asked
        let title =
            server.name == server.address || server.address == server.name + "/"
            ? server.address : "\(server.name) (\(server.address))"
        var lines: [StyledText] = [
            "\(title, .bold)",
            "    \("\((server.coverage * 100).tenths) %", isWhole ? .green : .yellow) available: "
                + "\(server.found.grouped) of \(server.asked.grouped), \(ByteSize(server.narBytes)) unpacked",
        ]
        for (compression, files) in server.files.sorted(by: { $0.key < $1.key }) {
            let stated = files.count - files.unstated
            var line: StyledText = "    \(compression): \(files.count.grouped)"
            if stated > 0 { line += ", \(ByteSize(files.bytes))" }
            if files.unstated > 0 { line += ", size not stated of \(files.unstated.grouped)" }
            lines.append(line)
        }
        if server.unsigned > 0 {
            lines.append(
                "    \("no known key signed \(server.unsigned.grouped)", .yellow): \(server.unsignedReason ?? "")")
        }
        if server.troubles > 0 {
            lines.append(
                "    \("no usable answer about \(server.troubles.grouped)", .red): \(server.trouble ?? "")")
        }
        var pace: [String] = []
        if let roundTrip = server.roundTrip { pace.append("\(roundTrip.brief) for one question") }
        if let rate = server.rate { pace.append("\(Int(rate.rounded()).grouped) a second for many") }
        if !pace.isEmpty { lines.append("    answers: \(pace.joined(separator: ", "))") }
        return lines
    }
}
