#!/usr/bin/env bash
# Gets the file that the flights of this example were cut from (3,000,000 flights, 2001-01-01 to 2001-06-30; see NOTICE) with npm,
# and says how to cut all of its 181 days for larger runs.
#
#   examples/flights/full-data.sh [DIRECTORY]     DIRECTORY: where to put it; by default examples/target/flights-full
set -euo pipefail

package=vega-datasets
version=3.2.1
file=flights-3m.parquet
sha256=dbeb920c90f59b6ccaff823dcc3d08f25a97fa1ce128d93f40be4e931f5900b0

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
directory=${1:-$root/examples/target/flights-full}

for tool in npm tar sha256sum; do
    command -v "$tool" >/dev/null || { echo "full-data.sh needs $tool, which is not on the PATH" >&2; exit 1; }
done

mkdir -p "$directory"
directory=$(cd "$directory" && pwd)
if [[ ! -f $directory/$file ]]; then
    (cd "$directory" && npm pack --silent "$package@$version" >/dev/null)
    tar -xzf "$directory/$package-$version.tgz" -C "$directory" --strip-components=2 "package/data/$file"
    rm "$directory/$package-$version.tgz"
fi
echo "$sha256  $directory/$file" | sha256sum --check --quiet || {
    echo "$directory/$file is not the file of $package $version: remove it and try again" >&2
    exit 1
}

duckdb=$(sed -n 's:.*<duckdb.version>\(.*\)</duckdb.version>.*:\1:p' "$root/pom.xml")
cat <<END
$directory/$file is here. To cut all of its days, with a JDK and Maven:

  mvn -q dependency:copy -f "$root/pom.xml" -N -Dartifact=org.duckdb:duckdb_jdbc:$duckdb -DoutputDirectory="$directory"
  java -cp "$directory/duckdb_jdbc-$duckdb.jar" "$root/examples/src/main/java/io/tilefold/examples/flights/FlightsExtract.java" \\
      "$directory/$file" "$directory/flights" 2001-01-01 2001-06-30
END
