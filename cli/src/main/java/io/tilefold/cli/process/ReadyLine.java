package io.tilefold.cli.process;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The line by which a role says on stdout that clients may connect: {@code READY role host:port}.
 *
 * @param role what is ready, such as {@code kafka} or {@code ingest}
 * @param address where, {@code HOST:PORT}
 */
public record ReadyLine(String role, String address) {
    private static final Pattern FORMAT = Pattern.compile("READY (\\S+) (\\S+:\\d+)");

    public static Optional<ReadyLine> parse(String line) {
        Matcher matcher = FORMAT.matcher(line.strip());
        return matcher.matches() ? Optional.of(new ReadyLine(matcher.group(1), matcher.group(2))) : Optional.empty();
    }

    public String host() {
        return address.substring(0, address.lastIndexOf(':'));
    }

    public int port() {
        return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
    }

    @Override
    public String toString() {
        return "READY " + role + " " + address;
    }
}
