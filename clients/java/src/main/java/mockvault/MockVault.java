package mockvault;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Gives each test a Vault of its own, as a parameter of the type {@link Vault}, and says what it is
 * like. On a method it adds to what it says on the class.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@ExtendWith(MockVaultExtension.class)
public @interface MockVault {
  /** Secrets, policies, roles: JSON, or the names of files. */
  String[] fixtures() default {};

  /** Outages to begin in, by name. */
  String[] outages() default {};

  /** A scenario, whose expectations are judged at the end: a shipped one, a file, or JSON. */
  String scenario() default "";

  /** The clock's mode to begin with: frozen. */
  String clock() default "";

  /** Makes every id, token and chance from this number. */
  long[] seed() default {};

  /** What a space begins as: start, empty, or a snapshot's name. */
  String from() default "";

  /** Flags of mockvault server, for a server of the test's own. */
  String[] flags() default {};

  /** A server of the test's own, for outages of a whole server. */
  boolean alone() default false;
}
