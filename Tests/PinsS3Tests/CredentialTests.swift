import HTTPTesting
import PinTesting
import PinsHTTP
import Testing

@testable import PinsS3

/// Goal: settings and keys are found where Amazon's tools find them, renewed in time, and shown to
/// nobody. Method: made environments and files, and services made by hand.
@Suite struct CredentialTests {
    private static let document = """
        {"Code": "Success", "AccessKeyId": "ASIAROLE", "SecretAccessKey": "s3cr3t",
         "Token": "t0ken", "Expiration": "2013-05-24T00:00:00Z"}
        """

    private func keys(_ context: FakeContext) async throws -> S3Credentials {
        try await S3Settings.system(context).credentials.current()
    }

    @Test func theEnvironmentComesFirst() async throws {
        var context = FakeContext(variables: [
            "AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t",
            "AWS_PROFILE": "work", "HOME": "/h",
        ])
        context.files["/h/.aws/credentials"] =
            "[work]\naws_access_key_id=AKIAFILE\naws_secret_access_key=x\n"
        let found = try await keys(context)
        #expect(found.accessKeyID == "AKIAENV" && found.sessionToken == "t")
    }

    @Test func profilesAreReadFromBothFiles() async throws {
        var context = FakeContext(variables: ["HOME": "/h", "AWS_PROFILE": "work"])
        context.files["/h/.aws/credentials"] = """
            # a comment
            [default]
            aws_access_key_id = AKIADEFAULT
            aws_secret_access_key = a
            [work]
            AWS_Access_Key_Id = AKIAWORK
            aws_secret_access_key = s3/+= # not a part of it
            aws_session_token=t
            """
        context.files["/h/.aws/config"] = """
            [profile "work"]
            region = eu-central-1
            endpoint_url = https://store.example.org:9000
            s3 =
                addressing_style = virtual
            """
        let settings = try S3Settings.system(context)
        #expect(settings.region == "eu-central-1")
        let url = try settings.endpoint.url(
            bucket: "b", key: "k ä", region: settings.region, query: nil)
        #expect(url.text == "https://b.store.example.org:9000/k%20%C3%A4")
        let found = try await settings.credentials.current()
        #expect(found.accessKeyID == "AKIAWORK" && found.secretAccessKey == "s3/+=")
        #expect(found.sessionToken == "t")

        context.variables["AWS_PROFILE"] = nil
        #expect(try await keys(context).accessKeyID == "AKIADEFAULT")
        context.variables["AWS_PROFILE"] = "other"
        let error = await #expect(throws: S3Error.self) { try await keys(context) }
        #expect(error?.code == .denied && error?.message.contains("'other'") == true)
    }

    @Test func regionAndEndpointComeFromTheirVariables() throws {
        func url(_ variables: [String: String]) throws -> String {
            let settings = try S3Settings.system(FakeContext(variables: variables))
            return try settings.endpoint.url(
                bucket: "b.c", key: "k", region: settings.region, query: nil
            ).text
        }
        #expect(try url([:]) == "https://s3.us-east-1.amazonaws.com/b.c/k")
        #expect(
            try url(["AWS_DEFAULT_REGION": "cn-north-1"])
                == "https://s3.cn-north-1.amazonaws.com.cn/b.c/k")
        #expect(
            try url(["AWS_ENDPOINT_URL": "http://a:1/x", "AWS_ENDPOINT_URL_S3": "http://b:2/"])
                == "http://b:2/b.c/k")
        #expect(try url(["AWS_ENDPOINT_URL": "http://a:1/x"]) == "http://a:1/x/b.c/k")
        for bad in ["ftp://a", "http://user:s3cr3t@a", "http://a?x"] {
            let error = #expect(throws: S3Error.self) { try url(["AWS_ENDPOINT_URL": bad]) }
            #expect(error?.code == .settings && error?.message.contains("s3cr3t") == false)
        }
        #expect(throws: S3Error.self) { try url(["AWS_REGION": "evil.example/"]) }
    }

    @Test func aBucketStandsInFrontOfAmazonsHosts() throws {
        let url = try S3Endpoint(nil).url(
            bucket: "bucket", key: nil, region: "eu-west-1", query: "list-type=2")
        #expect(url.text == "https://bucket.s3.eu-west-1.amazonaws.com/?list-type=2")
    }

    @Test func aContainerGivesKeys() async throws {
        let answer = RudeServer.Answer(
            "HTTP/1.1 200 OK\r\nContent-Length: \(Self.document.utf8.count)\r\n\r\n"
                + Self.document)
        try await withRudeServer({ _, _ in answer }) { server in
            let context = FakeContext(
                variables: [
                    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "\(server.url)creds",
                    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/token",
                ], files: ["/token": "container-token\n"])
            let found = try await ContainerCredentials(
                context: context, transport: CurlTransport.shared
            ).load()
            #expect(found.accessKeyID == "ASIAROLE" && found.expiresSeconds == 1_369_353_600)
            #expect(server.requests[0].contains("Authorization: container-token\r\n"))
        }
        let elsewhere = FakeContext(variables: [
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://example.org/creds"
        ])
        await #expect(throws: S3Error.self) { try await keys(elsewhere) }
    }

    @Test func aMachineGivesKeysOfItsRole() async throws {
        try await withRudeServer({ request, _ in
            let body =
                request.hasPrefix("PUT /latest/api/token")
                ? "session" : request.contains("credentials/my-role") ? Self.document : "my-role\n"
            return RudeServer.Answer(
                "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
        }) { server in
            let found = try await keys(
                FakeContext(variables: ["AWS_EC2_METADATA_SERVICE_ENDPOINT": server.url]))
            #expect(found.accessKeyID == "ASIAROLE" && found.sessionToken == "t0ken")
            #expect(server.requests.count == 3)
            for request in server.requests[1...] {
                #expect(request.contains("X-aws-ec2-metadata-token: session\r\n"))
            }
        }
    }

    @Test func whereNothingGivesKeysTheErrorSaysWhatToDo() async throws {
        let error = await #expect(throws: S3Error.self) {
            try await keys(FakeContext(variables: ["AWS_EC2_METADATA_DISABLED": "true"]))
        }
        #expect(error?.code == .denied)
        #expect(error?.message.contains("AWS_ACCESS_KEY_ID") == true)
    }

    @Test func keysAreRenewedBeforeTheyEnd() async throws {
        func key(_ name: String, _ end: Int64) -> S3Credentials {
            S3Credentials(accessKeyID: name, secretAccessKey: "s", expiresSeconds: end)
        }
        let clock = ManualClock(millisecondsSince1970: 0)
        let list = KeyList([key("A", 3_600), key("B", 7_200)])
        let store = CredentialStore(list, clock: clock)
        for _ in 0..<3 { #expect(try await store.current().accessKeyID == "A") }
        #expect(list.loadCount == 1)
        clock.advance(seconds: 3_600 - 15 * 60)
        #expect(try await store.current().accessKeyID == "B")
        #expect(list.loadCount == 2)
    }

    @Test func nothingPrintsASecret() throws {
        let keys = S3Credentials(
            accessKeyID: "AKIAKEY", secretAccessKey: "s3cr3t", sessionToken: "t0ken")
        let settings = S3Settings(
            endpoint: try S3Endpoint("http://h/"), credentials: FixedCredentials(keys))
        let client = try S3Client(bucket: "bucket", settings)
        var dumped = ""
        dump(keys, to: &dumped)
        dump(settings, to: &dumped)
        dump(client, to: &dumped)
        for text in ["\(keys)", String(reflecting: keys), dumped, "\(settings)", "\(client)"] {
            #expect(!text.contains("s3cr3t") && !text.contains("t0ken"), "\(text)")
        }
    }

    @Test func locationsAreParsed() throws {
        let cases: [(String, String, String)] = [
            ("s3://b.c/a/b", "b.c", "a/b/"), ("s3://bkt", "bkt", ""), ("s3://bkt/", "bkt", ""),
            ("s3://bkt//a/", "bkt", "a/"), ("s3://bkt/ä b", "bkt", "ä b/"),
        ]
        for (text, bucket, prefix) in cases {
            let location = try S3Location(text)
            #expect(location.bucket == bucket && location.prefix == prefix, "\(text)")
        }
        for bad in ["s3://", "s3:///a", "s3:/b/a", "s3://b/../a", "s3://b/a//b", "s3://b/a\u{7}"] {
            #expect(throws: S3Error.self) { try S3Location(bad) }
        }
        for bad in ["a", "a/b", "..", "a..b", "ab?c", "ä-bucket"] {
            let settings = try S3Settings.system(FakeContext())
            #expect(throws: S3Error.self) { try S3Client(bucket: bad, settings) }
        }
    }
}
