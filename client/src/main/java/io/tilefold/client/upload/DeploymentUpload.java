package io.tilefold.client.upload;

import io.grpc.Status;
import io.tilefold.client.call.CallException;
import io.tilefold.client.call.LogPosition;
import io.tilefold.core.definition.DefinitionId;
import io.tilefold.core.tile.SegmentSummary;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;

/**
 * An upload into all shard groups of a deployment, under one version: begun in each, prepared in all, then committed in each. Until the last commit
 * answers hold the version that all groups have. Blocking, as {@link UploadClient}.
 *
 * <p>Segments are sent with {@link UploadClient#uploadSegment} to the node that {@link #nodeOf} names.
 */
public final class DeploymentUpload {
    /** How often the groups are asked to agree on a version, if one of them has used the number already. */
    private static final int VERSION_TRIES = 5;

    private static final String VERSION_TAKEN = "VERSION_TAKEN";
    private static final String LEAST_VERSION = "least_version";

    private final List<UploadClient> nodes;
    private final List<StartedUpload> begun;
    private final int[] nodeOfShard;

    private DeploymentUpload(List<UploadClient> nodes, List<StartedUpload> begun) {
        this.nodes = nodes;
        this.begun = begun;
        this.nodeOfShard = nodesOfShards(begun);
    }

    /**
     * Begins in every group, or in none.
     *
     * @param nodes one of each shard group
     * @throws CallException as {@link UploadClient#begin}; with code INVALID_ARGUMENT if the nodes are not one of each group: a shard that none of them or
     *     more than one owns, different numbers of shards
     */
    public static DeploymentUpload begin(List<UploadClient> nodes, DefinitionId definition, long batchEndMs) {
        OptionalLong version = OptionalLong.empty();
        for (int tries = 1; ; tries++) {
            List<StartedUpload> begun = new ArrayList<>();
            try {
                for (UploadClient node : nodes) {
                    StartedUpload started = node.begin(definition, batchEndMs, version);
                    begun.add(started);
                    version = OptionalLong.of(started.version());
                }
                return new DeploymentUpload(List.copyOf(nodes), List.copyOf(begun));
            } catch (CallException e) {
                for (int i = 0; i < begun.size(); i++) {
                    nodes.get(i).abort(begun.get(i).version());
                }
                if (!e.reason().equals(VERSION_TAKEN) || tries == VERSION_TRIES) {
                    throw e;
                }
                version = OptionalLong.of(Long.parseLong(e.details().getOrDefault(LEAST_VERSION, "0")));
            }
        }
    }

    /** Which node's each shard is; every one is some node's, and one's alone. */
    private static int[] nodesOfShards(List<StartedUpload> begun) {
        int shardCount = begun.get(0).shardCount();
        int[] nodeOf = new int[shardCount];
        Arrays.fill(nodeOf, -1);
        for (int node = 0; node < begun.size(); node++) {
            StartedUpload upload = begun.get(node);
            if (upload.shardCount() != shardCount) {
                throw wrongNodes("shard group " + upload.shardGroup() + " has " + upload.shardCount()
                        + " shards, shard group " + begun.get(0).shardGroup() + " has " + shardCount
                        + ": they are not of one deployment");
            }
            for (int shard : upload.shards()) {
                if (nodeOf[shard] >= 0) {
                    throw wrongNodes("shard " + shard + " is owned by shard groups "
                            + begun.get(nodeOf[shard]).shardGroup() + " and " + upload.shardGroup()
                            + ": name one node of each group");
                }
                nodeOf[shard] = node;
            }
        }
        for (int shard = 0; shard < shardCount; shard++) {
            if (nodeOf[shard] < 0) {
                throw wrongNodes("shard " + shard + " of " + shardCount + " is owned by none of the shard groups "
                        + begun.stream().map(StartedUpload::shardGroup).toList()
                        + ": name one node of each group");
            }
        }
        return nodeOf;
    }

    private static CallException wrongNodes(String what) {
        return CallException.of("upload to these nodes", Status.Code.INVALID_ARGUMENT, what);
    }

    public long version() {
        return begun.get(0).version();
    }

    /** Shards of the deployment. */
    public int shardCount() {
        return nodeOfShard.length;
    }

    /** Place, among the nodes given, of the one that takes a shard's segment. */
    public int nodeOf(int shard) {
        return nodeOfShard[shard];
    }

    /**
     * Makes the version visible, if every group has every segment as summarised.
     *
     * @return where in each group's log, in the nodes' order
     * @throws CallException as {@link UploadClient#commit}; a group that refuses does so before any has committed, unless it changed its mind since it
     *     prepared. The message says which have committed
     */
    public List<LogPosition> commit(List<SegmentSummary> segments) {
        if (nodes.size() > 1) {
            for (int i = 0; i < nodes.size(); i++) {
                nodes.get(i).prepare(version(), ofNode(segments, i));
            }
        }
        List<LogPosition> committed = new ArrayList<>();
        for (int i = 0; i < nodes.size(); i++) {
            try {
                committed.add(nodes.get(i).commit(version(), ofNode(segments, i)));
            } catch (CallException e) {
                throw committed.isEmpty() ? e : partlyCommitted(committed, i, e);
            }
        }
        return List.copyOf(committed);
    }

    private CallException partlyCommitted(List<LogPosition> committed, int failed, CallException cause) {
        return CallException.of(
                "commit version " + version() + " in shard group "
                        + begun.get(failed).shardGroup(),
                cause.code(),
                cause.getMessage() + "; shard groups "
                        + committed.stream().map(LogPosition::shardGroup).toList()
                        + " have committed it, and answers hold the version before until all have: upload again");
    }

    private List<SegmentSummary> ofNode(List<SegmentSummary> segments, int node) {
        return segments.stream()
                .filter(segment -> nodeOfShard[segment.shard()] == node)
                .toList();
    }

    /** Drops the upload, with everything that arrived, in every group; the first failure is thrown when all were asked. */
    public void abort() {
        CallException first = null;
        for (UploadClient node : nodes) {
            try {
                node.abort(version());
            } catch (CallException e) {
                first = first == null ? e : first;
            }
        }
        if (first != null) {
            throw first;
        }
    }
}
