internal import PinsHTTP

/// Keys that a service beside the program gives out, for a while.
struct ServiceKeys {
    /// Reads the document that both services answer with.
    static func read(_ bytes: [UInt8], from place: String) throws(S3Error) -> S3Credentials {
        guard let fields = FlatJSON.strings(bytes), let key = fields["AccessKeyId"],
            let secret = fields["SecretAccessKey"], !key.isEmpty, !secret.isEmpty
        else { throw S3Error(.denied, "\(place) gives no keys: its answer has none") }
        return S3Credentials(
            accessKeyID: key, secretAccessKey: secret, sessionToken: fields["Token"],
            expiresSeconds: fields["Expiration"]
                .flatMap { CalendarTime(rfc3339: $0) }?.secondsSince1970)
    }

    /// Asks; anything but a success is an error.
    static func send(
        _ request: HTTPRequest, _ transport: any HTTPTransport, _ place: String
    ) async throws(S3Error) -> [UInt8] {
        // A proxy would see the keys, and could not reach an address of this machine.
        var request = request
        request.skipsProxies = true
        do throws(HTTPError) {
            let response = try await transport.send(request)
            guard response.isSuccess else {
                throw HTTPError(
                    .protocolViolation, detail: "it answers with status \(response.status)")
            }
            return response.body
        } catch {
            throw S3Error(
                error.code == .cancelled ? .cancelled : .denied,
                "no keys from \(place): \(error.detail); set AWS_ACCESS_KEY_ID and "
                    + "AWS_SECRET_ACCESS_KEY, or AWS_PROFILE")
        }
    }
}

/// Keys of a container: `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` or `…_FULL_URI`.
struct ContainerCredentials: CredentialSource {
    /// Hosts that may be asked without TLS: loopback and those of Amazon's container services.
    private static let plainHosts: Set<String> = [
        "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]", "localhost", "127.0.0.1", "[::1]",
    ]

    let context: any SystemContext
    let transport: any HTTPTransport

    var description: String { "the container's service" }

    /// Whether the variables are set.
    static func isThere(_ context: any SystemContext) -> Bool {
        context.variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") != nil
            || context.variable("AWS_CONTAINER_CREDENTIALS_FULL_URI") != nil
    }

    func load() async throws(S3Error) -> S3Credentials {
        var headers = HTTPHeaders()
        if let path = context.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
            guard let bytes = context.file(path) else {
                throw S3Error(.denied, "the container's token '\(path)' cannot be read")
            }
            let text = String(decoding: bytes, as: UTF8.self)
            headers["Authorization"] = text.split(whereSeparator: \.isNewline).first.map(
                String.init)
        } else {
            headers["Authorization"] = context.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN")
        }
        let request = HTTPRequest(
            .get, try url(), headers: headers,
            deadline: HTTPDeadline(connectMilliseconds: 2_000, totalMilliseconds: 10_000),
            responseByteCountMax: 1 << 20)
        let body = try await ServiceKeys.send(request, transport, description)
        return try ServiceKeys.read(body, from: description)
    }

    private func url() throws(S3Error) -> HTTPURL {
        let text =
            context.variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
            .map { "http://169.254.170.2\($0)" }
            ?? context.variable("AWS_CONTAINER_CREDENTIALS_FULL_URI") ?? ""
        guard let url = try? HTTPURL(text),
            url.scheme == "https" || Self.plainHosts.contains(url.host)
        else {
            throw S3Error(
                .settings,
                "AWS_CONTAINER_CREDENTIALS_FULL_URI must be https, or a host of the container")
        }
        return url
    }
}

/// Keys of a machine's role: the instance metadata service, version 2.
struct InstanceCredentials: CredentialSource {
    private static let path = "/latest/meta-data/iam/security-credentials/"

    let context: any SystemContext
    let transport: any HTTPTransport

    var description: String { "the machine's metadata service" }

    /// Whether it may be asked.
    static func isAllowed(_ context: any SystemContext) -> Bool {
        context.variable("AWS_EC2_METADATA_DISABLED")?.lowercased() != "true"
    }

    func load() async throws(S3Error) -> S3Credentials {
        let endpoint =
            context.variable("AWS_EC2_METADATA_SERVICE_ENDPOINT") ?? "http://169.254.169.254"
        guard let base = try? HTTPURL(endpoint) else {
            throw S3Error(.settings, "AWS_EC2_METADATA_SERVICE_ENDPOINT is not a URL")
        }
        let token = try await ask(
            base, .put, "/latest/api/token", ["X-aws-ec2-metadata-token-ttl-seconds": "21600"])
        let headers: HTTPHeaders = ["X-aws-ec2-metadata-token": token]
        let roles = try await ask(base, .get, Self.path, headers)
        guard let role = roles.split(whereSeparator: \.isNewline).first else {
            throw S3Error(.denied, "\(description) knows no role; attach one to the machine")
        }
        let path = Self.path + HTTPURL.encoded(component: String(role))
        let document = try await ask(base, .get, path, headers)
        return try ServiceKeys.read(Array(document.utf8), from: description)
    }

    private func ask(
        _ base: HTTPURL, _ method: HTTPMethod, _ path: String, _ headers: HTTPHeaders
    ) async throws(S3Error) -> String {
        // Off Amazon's machines nobody answers, and nobody must wait for that.
        let request = HTTPRequest(
            method, base.with(path: path), headers: headers,
            deadline: HTTPDeadline(connectMilliseconds: 1_000, totalMilliseconds: 5_000),
            responseByteCountMax: 1 << 20)
        let bytes = try await ServiceKeys.send(request, transport, description)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw S3Error(.denied, "\(description) gives no keys: its answer is no text")
        }
        return text
    }
}
