import Glibc

/// One nginx with several servers: the caches, and the peer that Quorate is compared with.
final class Nginx {
    /// One of its servers.
    enum Site {
        /// A folder, as it is.
        case folder(String)
        /// Another server's files.
        case proxy(toPort: UInt16)
    }

    let ports: [UInt16]
    private let process: pid_t

    /// Starts it and waits until it answers.
    init(_ sites: [Site], in work: WorkFolder) throws {
        try work.make("nginx")
        var ports: [UInt16] = []
        var servers = ""
        for site in sites {
            let port = try Ports.free()
            ports.append(port)
            let what =
                switch site {
                case .folder(let folder): "root \(folder);"
                case .proxy(let other): "location / { proxy_pass http://127.0.0.1:\(other); }"
                }
            servers += "  server { listen 127.0.0.1:\(port) backlog=4096; \(what) }\n"
        }
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map { "  \($0)_temp_path \(work.path("nginx"))/\($0);\n" }.joined()
        // As Debian sets it up, but for logs, and connections that live as long as a benchmark. Two workers for the two
        // event loops that the gateway has on two cores.
        try work.write(
            """
            \(geteuid() == 0 ? "user root;" : "")
            worker_processes auto;
            worker_rlimit_nofile 16384;
            daemon off;
            pid \(work.path("nginx"))/pid;
            error_log \(work.path("nginx"))/errors warn;
            events { worker_connections 8192; }
            http {
              access_log off;
              sendfile on;
              tcp_nopush on;
              keepalive_requests 100000000;
              default_type application/octet-stream;
            \(temporary)\(servers)}

            """, to: "nginx/nginx.conf")
        self.ports = ports
        process = try Command(arguments: [
            "nginx", "-p", work.path("nginx"), "-e", work.path("nginx/errors"), "-c", work.path("nginx/nginx.conf"),
        ]).start(output: "/dev/null", errors: work.path("nginx/start"))
        for port in ports { try Ports.await(port) }
    }

    func address(_ site: Int) -> String { "http://127.0.0.1:\(ports[site])" }

    func stop() {
        kill(process, SIGTERM)
        waitpid(process, nil, 0)
    }
}
