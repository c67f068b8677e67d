export {
  type RunningControllers,
  type StartControllersOptions,
  startControllers,
} from './start-controllers.js';
