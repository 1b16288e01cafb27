package io.tilefold.ingestbench;

import io.tilefold.ingest.IngestConfig;
import io.tilefold.ingest.IngestNode;
import io.tilefold.ingest.config.IdleProfile;
import io.tilefold.ingest.config.MemberAddress;
import java.nio.file.Path;
import java.util.stream.Stream;

/** An ingest node in a process of its own. Arguments: directory, Kafka, idle profile, member, all members. */
public final class IngestProcess {
    private IngestProcess() {}

    public static void main(String[] args) throws Exception {
        Path directory = Path.of(args[0]);
        IngestNode.runUntilShutdown(IngestConfig.builder(directory.resolve("log"), directory.resolve("store"), args[1])
                .idleProfile(IdleProfile.valueOf(args[2]))
                .memberId(Integer.parseInt(args[3]))
                .members(Stream.of(args).skip(4).map(MemberAddress::parse).toList())
                .build());
    }
}
