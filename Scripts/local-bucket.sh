#!/bin/sh
# Starts an S3 server for trying things out, with a bucket 'demo' in .build/local-bucket, and prints
# the variables that lead to it:
#
#     eval "$(Scripts/local-bucket.sh)"
#     pins write s3://demo/board sales sales.csv
#
# It listens on loopback only and runs until 'kill $PINS_LOCAL_BUCKET'.
set -eu
cd "$(dirname "$0")/.."
python=$(Scripts/s3-setup.sh servers)
port=$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
mkdir -p .build/local-bucket/demo
nohup "$(dirname "$python")/localbucket" --port "$port" .build/local-bucket \
    >.build/local-bucket.log 2>&1 </dev/null &
process=$!
"$python" - "$port" <<'WAIT'
import socket, sys, time
for _ in range(300):
    try:
        socket.create_connection(("127.0.0.1", int(sys.argv[1])), 1).close()
        sys.exit()
    except OSError:
        time.sleep(0.1)
sys.exit("local-bucket: the server does not answer; see .build/local-bucket.log")
WAIT
echo "export AWS_ENDPOINT_URL=http://127.0.0.1:$port AWS_REGION=us-east-1"
echo "export AWS_ACCESS_KEY_ID=demo AWS_SECRET_ACCESS_KEY=demo PINS_LOCAL_BUCKET=$process"
