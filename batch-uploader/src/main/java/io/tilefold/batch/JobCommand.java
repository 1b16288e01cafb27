package io.tilefold.batch;

import io.tilefold.catalog.CatalogFormatException;
import io.tilefold.client.call.CallException;
import io.tilefold.core.plan.DefinitionException;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;

/** How a job ends: 0, or 1 with one line that says why, or 2 for wrong arguments, or 75 if a partition that it needs is not there yet. */
public final class JobCommand {
    public static final int FAILED = 1;

    /** EX_TEMPFAIL: try again later. */
    public static final int NOT_YET = 75;

    private JobCommand() {}

    /** Runs a command and returns its exit code. */
    public static int run(Object command, String... args) {
        return new CommandLine(command)
                .setExecutionExceptionHandler((failure, line, parsed) -> {
                    line.getErr()
                            .println(line.getCommandName() + ": "
                                    + (isExplained(failure) ? failure.getMessage() : JobException.explain(failure)));
                    if (!isExplained(failure)) {
                        LoggerFactory.getLogger(command.getClass()).error("unexpected", failure);
                    }
                    return isNotYet(failure) ? NOT_YET : FAILED;
                })
                .execute(args);
    }

    private static boolean isNotYet(Throwable failure) {
        for (Throwable at = failure; at != null; at = at.getCause()) {
            if (at instanceof NotYetException) {
                return true;
            }
        }
        return false;
    }

    /** True if the message is meant for people; a stack trace would only hide it. */
    private static boolean isExplained(Exception failure) {
        return failure instanceof JobException
                || failure instanceof CallException
                || failure instanceof CatalogFormatException
                || failure instanceof DefinitionException;
    }
}
