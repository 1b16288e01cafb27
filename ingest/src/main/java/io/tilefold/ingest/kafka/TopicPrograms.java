package io.tilefold.ingest.kafka;

import io.tilefold.core.key.ShardSet;
import io.tilefold.ingest.apply.ActiveCatalog;
import io.tilefold.ingest.apply.ActiveDefinition;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The active catalog's programs by topic. One that does not compile leaves its topic unread and says so. Confined to the reader's thread. */
final class TopicPrograms {
    private static final Logger LOG = LoggerFactory.getLogger(TopicPrograms.class);

    private final long maxFutureMs;
    private final ShardSet shards;
    private final ParentAnswers parents;
    private final Map<String, TopicProgram> programs = new HashMap<>();
    private ActiveCatalog catalog = ActiveCatalog.NONE;

    /**
     * @param maxFutureMs an event's or mutation's time may be this much after its record's timestamp
     * @param parents gives the answers of joins whose outputs are read
     */
    TopicPrograms(long maxFutureMs, ShardSet shards, ParentAnswers parents) {
        this.maxFutureMs = maxFutureMs;
        this.shards = shards;
        this.parents = parents;
    }

    /** Compiles what a new catalog wants; false if it is the one that is compiled. */
    boolean follow(ActiveCatalog active) {
        if (active.number() == catalog.number()) {
            return false;
        }
        programs.clear();
        for (String topic : active.topics()) {
            try {
                checkParents(active, topic);
                programs.put(topic, TopicProgram.compile(active, topic, maxFutureMs, shards, parents));
            } catch (RuntimeException e) {
                LOG.error("topic {} is not read: {}", topic, e.getMessage(), e);
            }
        }
        catalog = active;
        LOG.info(
                "catalog {} is active: {} GroupBys, reading topics {}",
                active.number(),
                active.definitions().size(),
                programs.keySet());
        return true;
    }

    private void checkParents(ActiveCatalog active, String topic) {
        if (parents.canAsk()) {
            return;
        }
        for (ActiveDefinition definition : active.definitions()) {
            if (definition.parent().isPresent() && definition.topic().equals(Optional.of(topic))) {
                throw new IllegalArgumentException("GroupBy " + definition.name() + " reads the output of join "
                        + definition.parent().get().name()
                        + ", and this node does not know whom to ask it: set servingNodes to the addresses of serving"
                        + " nodes, and start it again");
            }
        }
    }

    ActiveCatalog catalog() {
        return catalog;
    }

    /** Null: the topic is not read. */
    @Nullable TopicProgram of(String topic) {
        return programs.get(topic);
    }

    /** Forgets what other nodes were asked. */
    void forgetAnswers() {
        programs.values().forEach(TopicProgram::forget);
    }

    /** Topics that are read. */
    Set<String> topics() {
        return programs.keySet();
    }

    /** True if every topic of the catalog has its program. */
    boolean isComplete() {
        return topics().containsAll(catalog.topics());
    }
}
