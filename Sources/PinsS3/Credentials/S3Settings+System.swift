public import PinsHTTP

extension S3Settings {
    /// The settings of the environment, as Amazon's own tools read them.
    ///
    /// - Endpoint: `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`, `endpoint_url` of the profile, else
    ///   Amazon's own. `addressing_style` of the profile's `s3` settings is followed.
    /// - Region: `AWS_REGION`, `AWS_DEFAULT_REGION`, `region` of the profile, else `us-east-1`.
    /// - Keys, the first that is there: `AWS_ACCESS_KEY_ID` and its fellows, the profile
    ///   (`AWS_PROFILE`, else `default`), the container's service, the machine's role.
    ///
    /// - Throws: ``S3Error/Code/settings``.
    public static func system(
        _ context: any SystemContext = ProcessContext(),
        transport: any HTTPTransport = CurlTransport.shared
    ) throws(S3Error) -> S3Settings {
        let named = context.variable("AWS_PROFILE") ?? context.variable("AWS_DEFAULT_PROFILE")
        let profile = named ?? "default"
        let section = SharedFiles(context).section(profile)
        let ignoresConfigured =
            context.variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")?.lowercased() == "true"
        let endpointText =
            ignoresConfigured
            ? nil
            : context.variable("AWS_ENDPOINT_URL_S3") ?? context.variable("AWS_ENDPOINT_URL")
                ?? section?["endpoint_url"]
        let endpoint: S3Endpoint
        do throws(HTTPError) {
            endpoint = try S3Endpoint(endpointText, style: style(section?["s3.addressing_style"]))
        } catch {
            throw S3Error(.settings, "AWS_ENDPOINT_URL is no endpoint: \(error.detail)")
        }
        let region =
            context.variable("AWS_REGION") ?? context.variable("AWS_DEFAULT_REGION")
            ?? section?["region"] ?? "us-east-1"
        guard S3Refusal.isRegion(region) else {
            throw S3Error(.settings, "AWS_REGION is no name of a region")
        }
        let source = source(
            context, transport, profile: profile, isNamed: named != nil, hasSection: section != nil)
        return S3Settings(endpoint: endpoint, region: region, credentials: source)
    }

    private static func style(_ text: String?) -> S3Endpoint.Style? {
        switch text {
        case "path": .path
        case "virtual": .virtualHost
        default: nil
        }
    }

    private static func source(
        _ context: any SystemContext, _ transport: any HTTPTransport, profile: String,
        isNamed: Bool, hasSection: Bool
    ) -> any CredentialSource {
        if let key = context.variable("AWS_ACCESS_KEY_ID"),
            let secret = context.variable("AWS_SECRET_ACCESS_KEY")
        {
            return FixedCredentials(
                S3Credentials(
                    accessKeyID: key, secretAccessKey: secret,
                    sessionToken: context.variable("AWS_SESSION_TOKEN")))
        }
        let hasKeys = SharedFiles(context).section(profile)?["aws_access_key_id"] != nil
        if isNamed || (hasSection && hasKeys) {
            return ProfileCredentials(profile: profile, context: context)
        }
        if ContainerCredentials.isThere(context) {
            return ContainerCredentials(context: context, transport: transport)
        }
        if InstanceCredentials.isAllowed(context) {
            return InstanceCredentials(context: context, transport: transport)
        }
        return NoCredentials()
    }
}

/// Where there are no keys.
struct NoCredentials: CredentialSource {
    var description: String { "nowhere" }

    func load() async throws(S3Error) -> S3Credentials {
        throw S3Error(
            .denied,
            "there are no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or "
                + "AWS_PROFILE")
    }
}
