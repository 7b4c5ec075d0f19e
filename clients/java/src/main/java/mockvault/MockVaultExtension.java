package mockvault;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;

/** The extension behind {@link MockVault}. */
public final class MockVaultExtension implements ParameterResolver, AfterEachCallback {
  private static final Namespace NAMESPACE = Namespace.create(MockVaultExtension.class);

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == Vault.class && context.getTestMethod().isPresent();
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return context
        .getStore(NAMESPACE)
        .getOrComputeIfAbsent(Vault.class, key -> Vault.start(options(context)), Vault.class);
  }

  @Override
  public void afterEach(ExtensionContext context) {
    var vault = context.getStore(NAMESPACE).remove(Vault.class, Vault.class);
    if (vault == null) {
      return;
    }
    boolean passed = context.getExecutionException().isEmpty();
    try (vault) {
      boolean done = false;
      try {
        if (passed) {
          vault.judge();
          done = true;
        }
      } finally {
        if (!done) {
          System.err.println(vault.report());
        }
      }
    }
  }

  private static Options options(ExtensionContext context) {
    var options = new Options();
    for (var wanted : annotations(context)) {
      options.flags(wanted.flags());
      for (var number : wanted.seed()) {
        options.seed(number);
      }
      if (!wanted.from().isEmpty()) {
        options.from(wanted.from());
      }
      if (wanted.alone()) {
        options.alone();
      }
      for (var document : wanted.fixtures()) {
        options.fixtures(document);
      }
      if (!wanted.clock().isEmpty()) {
        options.clock(new Api.Clock().mode(wanted.clock()));
      }
      for (var outage : wanted.outages()) {
        options.outage(outage);
      }
      if (!wanted.scenario().isEmpty()) {
        options.scenario(wanted.scenario());
      }
    }
    return options;
  }

  /** Of the outermost class first, of the method last. */
  private static List<MockVault> annotations(ExtensionContext context) {
    var found = new ArrayList<MockVault>();
    AnnotationSupport.findAnnotation(context.getTestMethod(), MockVault.class)
        .ifPresent(found::add);
    for (Class<?> type = context.getRequiredTestClass(); type != null; ) {
      AnnotationSupport.findAnnotation(type, MockVault.class).ifPresent(found::add);
      type = type.getEnclosingClass();
    }
    Collections.reverse(found);
    return found;
  }
}
