import Foundation
import TestSupport
import Testing

@testable import Verification

/// A log served by a web server that knows nothing of logs.
struct StaticServerTests {
    private static let program = ["/usr/sbin/nginx", "/usr/bin/nginx"].first(
        where: FileManager.default.isExecutableFile)

    @Test(.enabled(if: program != nil, "nginx is not installed"))
    func nginxIsEnough() async throws {
        let log = try TestLog()
        try log.attest(0..<3000)
        try log.publish()
        let ground = try TemporaryFolder()
        let port = try freePort()
        try ground.write(
            "nginx.conf",
            """
            daemon off; master_process off; pid \(ground.path)/pid; error_log \(ground.path)/error.log;
            events {}
            http {
                access_log off; client_body_temp_path \(ground.path)/b; proxy_temp_path \(ground.path)/p;
                fastcgi_temp_path \(ground.path)/f; uwsgi_temp_path \(ground.path)/u; scgi_temp_path \(ground.path)/s;
                server { listen 127.0.0.1:\(port); location /log/ { alias \(log.folder.path)/; } }
            }

            """)
        let server = Process()
        server.executableURL = URL(fileURLWithPath: Self.program ?? "")
        server.arguments = ["-c", ground.file("nginx.conf"), "-e", ground.file("error.log")]
        // It inherits blocked signals, and would keep this program's output open for whoever reads that.
        server.standardOutput = FileHandle.nullDevice
        server.standardError = FileHandle.nullDevice
        try server.run()
        defer { kill(server.processIdentifier, SIGKILL) }
        let scene = try LogScene()
        var status = try await scene.follow(log.policy(url: "http://127.0.0.1:\(port)/log"))
        for _ in 0..<100 where status.standing == .unreachable {
            try await Task.sleep(for: .milliseconds(50))
            status = try await scene.follow(log.policy(url: "http://127.0.0.1:\(port)/log"))
        }
        #expect(status.standing == .current && status.newClaims == 3000, "\(status.message ?? "")")
        try log.attest(3000..<3100)
        try log.publish()
        status = try await scene.follow(log.policy(url: "http://127.0.0.1:\(port)/log"))
        #expect(status.standing == .current && status.newClaims == 100)
    }

    /// A port that nobody used a moment ago.
    private func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isBound else { throw TestLog.Oddity() }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
