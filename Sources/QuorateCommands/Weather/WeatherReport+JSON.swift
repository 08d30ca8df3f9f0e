internal import StoreFormats
internal import Verification

extension WeatherReport {
    /// The version of this format; fields are only ever added within one version.
    static let formatVersion = 1

    private struct Document: Encodable {
        let version: Int
        let paths: Int
        let available: Int
        let differing: [String]
        let missingEverywhere: [String]
        let unasked: [String]
        let servers: [Server]
    }

    private struct Server: Encodable {
        let name: String
        let address: String
        let asked: Int
        let available: Int
        let unsigned: Int
        let troubles: Int
        let trouble: String?
        let narBytes: UInt64
        let compressions: [String: Files]
        let seconds: Double
        let requestsPerSecond: Double?
        let roundTripSeconds: Double?
        let missing: [String]
        let mostWanted: [Wanted]?
    }

    private struct Files: Encodable {
        let files: Int
        let fileBytes: UInt64
        let unstatedSizes: Int
    }

    private struct Wanted: Encodable {
        let path: String
        let dependents: Int
    }

    func json(coverage: Int?) throws -> [UInt8] {
        try VerdictReport.encode(
            Document(
                version: Self.formatVersion, paths: total, available: found.count, differing: differing.map(\.path),
                missingEverywhere: missingEverywhere.map(\.path), unasked: unasked.map(\.path),
                servers: servers.map { server($0, coverage) }))
    }

    private func server(_ server: ServerWeather, _ coverage: Int?) -> Server {
        Server(
            name: server.name, address: server.address, asked: server.asked, available: server.found,
            unsigned: server.unsigned, troubles: server.troubles, trouble: server.trouble, narBytes: server.narBytes,
            compressions: server.files.mapValues {
                Files(files: $0.count, fileBytes: $0.bytes, unstatedSizes: $0.unstated)
            },
            seconds: server.duration / .seconds(1), requestsPerSecond: server.rate,
            roundTripSeconds: server.roundTrip.map { $0 / .seconds(1) }, missing: server.missing.map(\.path),
            mostWanted: coverage.map { limit in
                wanted.ranking(of: server.missing, limit: limit).map {
                    Wanted(path: $0.path.path, dependents: $0.dependents)
                }
            })
    }
}
