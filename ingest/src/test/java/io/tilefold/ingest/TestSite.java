package io.tilefold.ingest;

import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Where a group's members run.
 *
 * @param hosts an address for each member
 * @param commandPrefixes what a member's command begins with
 */
record TestSite(TestBroker broker, List<String> hosts, List<List<String>> commandPrefixes) {
    /** All on this machine. */
    static TestSite local(int members) {
        return local(TestBroker.shared(), members);
    }

    static TestSite local(TestBroker broker, int members) {
        return new TestSite(broker, Collections.nCopies(members, "127.0.0.1"), Collections.nCopies(members, List.of()));
    }

    /** Each on a host of its own. */
    static TestSite of(TestBroker broker, TestNetwork network, int members) {
        return new TestSite(
                broker,
                IntStream.range(0, members).mapToObj(network::address).toList(),
                IntStream.range(0, members).mapToObj(network::commandPrefix).toList());
    }
}
