/** The page that signs in by a mailed code, in manual invocation: nothing secret in its address. */
import { freshAuthenticateUrl } from "./back_end.js";
import { takeCodes } from "./one_time_code.js";

takeCodes(freshAuthenticateUrl);
document.getElementById("email").focus();
